"""QuantSeg: medical images segmented and measured, with a word on which result should not be trusted."""

__version__ = "0.1.0"
