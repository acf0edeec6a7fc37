"""Hearts in a real scene on slicer-core."""

from scene_nodes import a_scene, a_segmentation_node, a_volume_node, labels_on, segment_editor

__all__ = ["a_scene", "a_segmentation_node", "a_volume_node", "labels_on", "segment_editor"]
