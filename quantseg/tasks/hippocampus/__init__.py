"""The hippocampus: found on both sides of a head, segmented into its parts, measured and checked."""
