"""Finished cases that go to an archive."""

from scene_nodes import a_head_result

__all__ = ["a_head_result"]
