"""Comparison of lumbar muscle labels with a reference."""
