"""Bring Slicer's views to what was segmented."""

import slicer


def jumpToSegments(segmentation, rather=""):
    """Bring the slice views to the first segment that has a voxel; what else the user has set there stays.

    :param rather: key of a segment that goes before the others.
    """
    keys = segmentation.GetSegmentation().GetSegmentIDs()
    for key in sorted(keys, key=lambda one: one != rather):
        centre = segmentation.GetSegmentCenterRAS(key)
        if centre is not None:
            sliceNode = slicer.vtkMRMLSliceNode
            x, y, z = centre
            sliceNode.JumpAllSlices(slicer.mrmlScene, x, y, z, sliceNode.OffsetJumpSlice)
            return


def frameIn3D(segmentation):
    """Bring the cameras of the 3D views so close that the segments fill them, without turning them."""
    bounds = [0.0] * 6
    segmentation.GetRASBounds(bounds)
    layout = slicer.app.layoutManager()
    for index in range(layout.threeDViewCount):
        renderer = layout.threeDWidget(index).threeDView().renderWindow().GetRenderers().GetFirstRenderer()
        renderer.ResetCamera(bounds)
