"""What a case yields, and its files."""
