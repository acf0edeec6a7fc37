"""The brain panel behind ``BrainSeg.py``."""
