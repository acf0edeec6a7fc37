"""What header and values tell is refused in Slicer itself: the engine, which needs ten seconds, is never started."""

import numpy as np
import pytest


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
    from quantseg.volume import Volume

    started = []
    monkeypatch.setattr(engine_run, "EngineRun", lambda *_: started.append(1))
    a_volume_node(Volume(array, affine), "Refused")
    a_panel.enter()
    before = a_scene.scene.GetNumberOfNodes()
    a_panel.ui.applyButton.click()
    assert not a_panel.runner.isRunning
    assert not started
    assert reason in a_panel.ui.statusLabel.text()
    assert a_scene.scene.GetNumberOfNodes() == before
