"""A panel with stand-ins around it, real MRML nodes in it, and a small image to work on."""

import os
import sys

import nibabel
import numpy as np
import pytest
import shiboken6
from scene_nodes import (
    a_crop_result,
    a_head_result,
    a_scene,
    a_segmentation_node,
    a_volume_node,
    labels_on,
    segment_editor,
)
from slicer_standins import desktop

__all__ = [
    "a_crop_result",
    "a_head_result",
    "a_scene",
    "a_segmentation_node",
    "a_volume_node",
    "labels_on",
    "segment_editor",
]


@pytest.fixture
def application(monkeypatch, a_scene, repository):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    return desktop.install(monkeypatch, a_scene.scene, repository)


@pytest.fixture
def an_engine(repository):
    """The engine as the panel starts it, with this Python in place of PythonSlicer."""
    from quantseg.review.engine_run import Engine

    command = (sys.executable, str(repository / "QuantSegLib" / "batch.py"))
    return Engine(command, {**os.environ, "OMP_NUM_THREADS": "1"})


@pytest.fixture
def a_panel(application, an_engine, monkeypatch):
    """The widget, set up and entered."""
    assert not application.testingEnabled()
    import HippoSeg

    parent = desktop.a_parent()
    widget = HippoSeg.HippoSegWidget(parent)
    widget.setup()
    widget.logic = HippoSeg.HippoSegLogic(an_engine)
    monkeypatch.setattr(widget.devices, "detect", lambda: None)
    widget.enter()
    yield widget
    widget.cleanup()
    # While all of it is still known to Python: what Qt has put off until later must not meet half of a panel.
    shiboken6.delete(parent)


@pytest.fixture
def a_sample_crop(repository, a_volume_node):
    """The node of a crop that ships with QuantSeg."""
    from quantseg.volume import Volume

    image = nibabel.load(repository / "Resources" / "SampleData" / "hippocampus_199.nii.gz")

    return a_volume_node(Volume(np.asarray(image.dataobj, dtype=np.float32), image.affine), "Crop 199")
