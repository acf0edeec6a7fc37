"""A person's work on results of brain tissue."""
