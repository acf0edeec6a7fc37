"""The lumbar muscle panel behind ``MuscleSeg.py``."""
