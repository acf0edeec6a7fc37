"""Training of the hippocampus models: crops, coronal slices, synthetic heads, doubt."""
