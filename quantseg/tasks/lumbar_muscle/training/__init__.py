"""Training of the lumbar muscle network: synthetic cross-sections, real ones where there are any."""
