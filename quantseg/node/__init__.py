"""The hospital node: an archive beside it, studies that arrive there, and results that go home."""
