"""What header and values tell is refused in Slicer itself: the engine, which needs ten seconds, is never started."""

import time

import numpy as np
import pytest
from test_heart_panel import a_heart_panel

from quantseg.volume import Volume

__all__ = ["a_heart_panel"]

_SECONDS = 1.0


@pytest.fixture
def a_home(tmp_path, monkeypatch):
    """A user's folder without a model: what is refused here comes before any network."""
    monkeypatch.setenv("QUANTSEG_HOME", str(tmp_path))
    return tmp_path


def _noise(*shape):
    return np.random.default_rng(0).normal(100, 9, shape).astype(np.float32)


_SHEARED = np.array([[1, 0.3, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]])


@pytest.mark.parametrize(
    ("array", "affine", "reason"),
    [
        pytest.param(_noise(8, 8, 8), np.eye(4), "no hippocampus fits into it", id="too small"),
        pytest.param(_noise(40, 60, 1), np.eye(4), "Refused: the image is one slice", id="one slice"),
        pytest.param(_noise(40, 60, 40), np.diag([1, 1, 4.0, 1]), "Refused: the spacing is", id="too coarse"),
        pytest.param(_noise(40, 60, 40), _SHEARED, "Refused: the voxel axes are sheared", id="sheared"),
        pytest.param((_noise(40, 60, 40) > 100).astype(np.uint8), np.eye(4), "look like labels", id="labels"),
        pytest.param(np.full((40, 60, 40), 7, np.float32), np.eye(4), "the same value", id="no picture"),
    ],
)
def test_refusal_is_known_before_the_engine_starts(a_panel, a_volume_node, a_scene, monkeypatch, array, affine, reason):
    """An engine needs ten seconds and more to start; header and values tell within a fraction of one."""
    from quantseg.review import engine_run

    _expect_refusal(a_panel, a_scene, monkeypatch, engine_run, a_volume_node(Volume(array, affine), "Refused"), reason)


_STACK = np.diag([1.5, 1.5, 8.0, 1.0])


@pytest.mark.parametrize(
    ("array", "affine", "reason"),
    [
        pytest.param(_noise(64, 64, 64), np.eye(4), "expected that of a short-axis stack", id="a head"),
        pytest.param(_noise(64, 64, 1), _STACK, "slice", id="one slice"),
        pytest.param(_noise(64, 64, 9), _STACK @ np.diag([1, 1, 4.0, 1]), "spacing", id="too coarse"),
        pytest.param(_noise(64, 64, 9), _STACK @ _SHEARED, "sheared", id="sheared"),
        pytest.param((_noise(64, 64, 9) > 100).astype(np.uint8), _STACK, "look like labels", id="labels"),
        pytest.param(np.full((64, 64, 9), 7, np.float32), _STACK, "the same value", id="no picture"),
        pytest.param(
            np.where(_noise(64, 64, 9) > 100, 40.0, -1000.0) + _noise(64, 64, 9) / 9,
            _STACK,
            "look like Hounsfield units of CT",
            id="CT",
        ),
    ],
)
def test_refusal_of_a_stack_is_known_before_the_engine_starts(
    a_heart_panel, a_volume_node, a_scene, monkeypatch, array, affine, reason
):
    from quantseg.tasks.heart.review import run

    a_heart_panel._parameterNode.model = type(a_heart_panel._parameterNode.model).LEFT_OPEN
    volume = a_volume_node(Volume(array, affine), "Refused")
    _expect_refusal(a_heart_panel, a_scene, monkeypatch, run, volume, reason)


def test_a_cine_of_a_scanners_size_with_one_dark_frame_is_refused_at_once(a_heart_panel, a_scene, monkeypatch):
    from quantseg.reading.scan import ImageFormat
    from quantseg.reading.spacing import HEADER_SPACING
    from quantseg.tasks.heart.reading.cardiac_spacing import geometry
    from quantseg.tasks.heart.reading.cine import Cine
    from quantseg.tasks.heart.review import run
    from quantseg.tasks.heart.review.scene_cine import add_heart

    frames = np.random.default_rng(0).integers(0, 900, (30, 192, 192, 12)).astype(np.int16)
    frames[11] = 0
    placed, _notes = geometry(frames.shape[1:], _STACK, HEADER_SPACING)
    volume = add_heart(Cine.of_all_frames(frames, placed, ImageFormat.NIFTI), "Dark", a_scene.scene)
    a_heart_panel._parameterNode.model = type(a_heart_panel._parameterNode.model).LEFT_OPEN
    _expect_refusal(a_heart_panel, a_scene, monkeypatch, run, volume, "Dark: frame 12 has the same value everywhere")


def _expect_refusal(panel, scene, monkeypatch, runs, volume, reason):
    started = []
    for name in ("EngineRun", "HeartRun"):
        monkeypatch.setattr(runs, name, lambda *_: started.append(1), raising=False)
    panel._parameterNode.inputVolume = volume
    panel.enter()
    before = scene.scene.GetNumberOfNodes()
    # Of this process alone, whatever else the machine does.
    began = time.process_time()
    panel.ui.applyButton.click()
    seconds = time.process_time() - began
    assert not panel.runner.isRunning
    assert not started
    assert reason in panel.ui.statusLabel.text()
    assert scene.scene.GetNumberOfNodes() == before
    assert seconds < _SECONDS
