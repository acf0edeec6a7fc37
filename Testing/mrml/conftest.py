"""Fixtures of the tests on MRML nodes."""

from scene_nodes import a_scene, a_segmentation_node, a_volume_node, labels_on, segment_editor

__all__ = ["a_scene", "a_segmentation_node", "a_volume_node", "labels_on", "segment_editor"]
