"""A person's work on hippocampi: corrected labels kept for training."""
