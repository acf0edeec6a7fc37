"""Bring Slicer's views to what was segmented."""

from itertools import product

import slicer

_FILLED = 0.85
"""Share of a 3D view that segments shall take."""
_APPROACHES = 3
_SEEN_THROUGH = 0.15
"""Opacity of a surface within which others shall be seen."""


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


def showA3DView():
    """Bring a 3D view to sight where the present layout has none."""
    layout = slicer.app.layoutManager()
    views = [layout.threeDWidget(index).threeDView() for index in range(layout.threeDViewCount)]
    if views and not any(view.property("visible") for view in views):
        layout.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
        slicer.app.processEvents()


def frameIn3D(segmentation):
    """Bring the cameras of the 3D views so close that the segments fill them, without turning them."""
    bounds = [0.0] * 6
    segmentation.GetRASBounds(bounds)
    layout = slicer.app.layoutManager()
    for index in range(layout.threeDViewCount):
        view = layout.threeDWidget(index).threeDView()
        renderer = view.renderWindow().GetRenderers().GetFirstRenderer()
        renderer.ResetCamera(bounds)
        for _step in range(_APPROACHES):
            # Resetting leaves room for every turn of a ball around the segments, which are long and thin.
            camera, share = renderer.GetActiveCamera(), _shareOfView(renderer, bounds)
            if share <= 0:
                break
            if camera.GetParallelProjection():
                camera.SetParallelScale(camera.GetParallelScale() * share / _FILLED)
            else:
                camera.Dolly(_FILLED / share)
        renderer.ResetCameraClippingRange()
        view.scheduleRender()


def _shareOfView(renderer, bounds):
    """Return which share of a view's width or height, whichever is larger, a box takes."""
    renderer.ComputeAspect()
    corners = product(bounds[:2], bounds[2:4], bounds[4:])
    matrix = renderer.GetActiveCamera().GetCompositeProjectionTransformMatrix(renderer.GetTiledAspectRatio(), -1, 1)
    largest = 0.0
    for corner in corners:
        x, y, _z, w = matrix.MultiplyPoint((*corner, 1.0))
        largest = max(largest, abs(x / w), abs(y / w)) if w > 0 else largest
    return largest


def seeThrough(segmentation, keys):
    """Let surfaces of some segments be seen through, those of an outermost layer.

    :param segmentation: node with a display node.
    :param keys: of the segments; those that it lacks are passed over.
    """
    display = segmentation.GetDisplayNode()
    for key in keys:
        if display is not None and segmentation.GetSegmentation().GetSegment(key) is not None:
            display.SetSegmentOpacity3D(key, _SEEN_THROUGH)
