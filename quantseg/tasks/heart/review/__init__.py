"""A person's work on hearts in a scene: frame by frame, carried to neighbours, kept for training."""
