"""What all organs share of measuring: segments, values with units, statistics, checks."""
