"""What all tasks share of measuring: segments, values with units, statistics, checks."""
