"""A Slicer scene without the desktop, for code that is handed a scene and its logics."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import slicer

_NEEDED = ("vtkMRMLScene", "vtkSlicerApplicationLogic", "vtkSlicerSegmentationsModuleLogic", "vtkOrientedImageData")


@dataclass(frozen=True)
class HeadlessScene:
    """A scene with the logics that segmentations need; keep it alive as long as any of its nodes.

    Attributes:
        scene: the MRML scene.
        application: application logic, with the default colour nodes added to the scene.
        segmentations: logic of Slicer's Segmentations module.
        sequences: logic of its Sequences module, which shows the frames of browsers.
    """

    scene: slicer.vtkMRMLScene
    application: slicer.vtkSlicerApplicationLogic
    segmentations: slicer.vtkSlicerSegmentationsModuleLogic
    sequences: slicer.vtkSlicerSequencesLogic


def slicer_is_available() -> bool:
    """Tell whether segmentations can be written: inside Slicer, or where the slicer-core wheel is installed.

    PythonSlicer knows a package ``slicer`` too; whether it carries the logics depends on how it was started.
    """
    if importlib.util.find_spec("slicer") is None:
        return False
    try:
        import slicer
    except ImportError:
        return False
    return all(hasattr(slicer, name) for name in _NEEDED)


def headless_scene() -> HeadlessScene:
    """Build an empty scene as Slicer's own start-up would, as far as slicer-core carries it.

    Raises:
        ModuleNotFoundError: neither Slicer nor slicer-core is there.
    """
    import slicer
    from vtkmodules.vtkCommonCore import vtkCollection

    scene = slicer.vtkMRMLScene()
    application = slicer.vtkSlicerApplicationLogic()
    application.SetMRMLScene(scene)
    application.GetColorLogic().SetMRMLScene(scene)
    application.GetColorLogic().AddDefaultColorNodes()
    application.SetSliceLogics(vtkCollection())
    application.SetViewLogics(vtkCollection())
    segmentations = slicer.vtkSlicerSegmentationsModuleLogic()
    segmentations.SetMRMLScene(scene)
    segmentations.SetMRMLApplicationLogic(application)
    application.SetModuleLogic("Segmentations", segmentations)
    sequences = slicer.vtkSlicerSequencesLogic()
    sequences.SetMRMLScene(scene)
    sequences.SetMRMLApplicationLogic(application)
    application.SetModuleLogic("Sequences", sequences)
    return HeadlessScene(scene, application, segmentations, sequences)
