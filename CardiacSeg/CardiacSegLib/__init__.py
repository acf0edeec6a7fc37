"""The heart panel of QuantSeg, in parts that each tell one story."""
