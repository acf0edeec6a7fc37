"""The hippocampus panel behind ``HippoSeg.py``."""
