"""Hearts from files into the scene, time and all."""

from pathlib import Path

import slicer

from CardiacSegLib.shortAxisViews import turnToShortAxis


def loadHeart(path, name=None):
    """Read a heart as the engine reads it, and add it to the scene.

    Slicer itself takes a NIfTI file of four axes for a single volume, and says nothing.

    :param path: image file of a cine or a frame.
    :param name: of the nodes; by default the file's.
    :return: the volume node that shows it.
    :raises quantseg.errors.QuantSegError: it cannot be read rightly, or is no short-axis stack.
    """
    from quantseg.tasks.heart.reading.cine_cases import find_cine_cases
    from quantseg.tasks.heart.reading.cine_reader import read_cine
    from quantseg.tasks.heart.review.scene_cine import add_heart

    (case,) = find_cine_cases([Path(path)])
    volume = add_heart(read_cine(case), name or case.name, slicer.mrmlScene, Path(path))
    slicer.util.setSliceViewerLayers(background=volume)
    turnToShortAxis(volume)
    return volume
