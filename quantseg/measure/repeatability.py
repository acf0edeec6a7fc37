"""How far two measurements of the same thing differ by chance."""

REPEATABILITY_FACTOR = 2.77
"""1.96 x sqrt(2): the difference of two scans exceeds so many coefficients of variation by chance in 5 % of cases."""
