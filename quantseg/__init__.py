"""QuantSeg: segmentation of the hippocampus and the heart on MRI, with the measurements that follow from it."""

__version__ = "0.1.0"
