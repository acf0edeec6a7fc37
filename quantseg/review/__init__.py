"""A person's work on results in a scene: run, correct, compare, approve, export, and a list of cases to go through."""
