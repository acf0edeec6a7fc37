"""What is said and shown of an estimated PET."""
