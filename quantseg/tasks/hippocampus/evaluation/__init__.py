"""How good hippocampus labels are, and images spoiled on purpose."""
