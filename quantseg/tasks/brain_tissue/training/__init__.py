"""Training of the tissue network on synthetic brains."""
