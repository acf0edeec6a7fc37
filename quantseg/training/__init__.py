"""Data sets, splits, augmentation, training and bundle export."""
