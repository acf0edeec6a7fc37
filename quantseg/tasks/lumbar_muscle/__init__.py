"""Muscles beside the lumbar spine on axial MRI: areas, and how much of them is fat."""
