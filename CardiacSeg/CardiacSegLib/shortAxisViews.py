"""Slicer's slice views turned to a heart, so that it is seen as it was acquired."""

import slicer
import vtk


def turnToShortAxis(volume, always=True):
    """Show the acquired slices in the red view, and planes along the heart in the green and the yellow one.

    A volume that is no short-axis stack leaves the views alone; a run on it says why.

    :param volume: shows a cine, or is a single short-axis stack.
    :param always: turn even if one of the views shows the acquired slices already.
    """
    from quantseg.errors import QuantSegError
    from quantseg.mrml.sequences import cine_nodes
    from quantseg.tasks.heart.review.scene_cine import scene_cine
    from quantseg.tasks.heart.review.short_axis_planes import short_axis_planes, shows_short_axis

    try:
        planes = short_axis_planes(scene_cine(volume, cine_nodes(volume)))
    except QuantSegError:
        return
    views = []
    for name, plane in (("Red", planes.short_axis), ("Green", planes.along_rows), ("Yellow", planes.along_columns)):
        view = slicer.app.layoutManager().sliceWidget(name)
        if view is not None:
            views.append((view, plane))
    if not always and any(shows_short_axis(_matrixOf(view), planes) for view, _plane in views):
        return
    for view, plane in views:
        node = view.mrmlSliceNode()
        matrix = vtk.vtkMatrix4x4()
        matrix.DeepCopy([float(value) for value in plane.flat])
        node.GetSliceToRAS().DeepCopy(matrix)
        node.UpdateMatrices()
        view.sliceLogic().FitSliceToBackground()
        view.sliceLogic().SnapSliceOffsetToIJK()


def _matrixOf(view):
    import numpy as np

    matrix = view.mrmlSliceNode().GetSliceToRAS()
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])
