"""Correcting lumbar muscles by hand."""
