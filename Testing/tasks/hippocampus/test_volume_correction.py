"""Labels are as large as a correction says, within what thresholds may do."""

import dataclasses

import numpy as np
import pytest
from stand_ins import LEFT_MM, a_painted_head

from quantseg.measure.expectation import LinearExpectation
from quantseg.tasks.hippocampus.segmenting import head_patch_grid, segment_left
from quantseg.tasks.hippocampus.volume_correction import (
    PartCorrection,
    VolumeCorrection,
    labelled,
    read_volume_correction,
    thresholds_for,
)
from quantseg.volume import Volume


def a_correction(anterior: float, posterior: float, most: float = 2.0) -> VolumeCorrection:
    """Ask for so many times the voxels that were counted."""
    return VolumeCorrection(
        PartCorrection(LinearExpectation(0.0, {"anterior": anterior}, {}), 0.5, most),
        PartCorrection(LinearExpectation(0.0, {"posterior": posterior}, {}), 0.5, most),
    )


class SoftEllipsoid:
    """Stands in for the segmenter: an ellipsoid whose probability falls off around its border, the front anterior."""

    def predict(self, image: np.ndarray) -> np.ndarray:
        middle = (np.array(image.shape) - 1) / 2 + [0.21, 0.13, 0.37]
        voxels = np.stack(np.meshgrid(*[np.arange(n) for n in image.shape], indexing="ij"), axis=-1) - middle
        whole = 1 / (1 + np.exp(9 * (np.linalg.norm(voxels / [6.0, 15.0, 7.0], axis=-1) - 1)))
        front = 1 / (1 + np.exp(-voxels @ [0.11, 1.0, -0.17]))
        probabilities = np.stack([1 - whole, whole * front, whole * (1 - front)]).astype(np.float32)
        return np.stack([probabilities, probabilities])


def a_segmentation(correction: VolumeCorrection | None, spacing_mm=(1.0, 1.0, 1.0)):
    head = a_painted_head(spacing_mm)
    return segment_left(head, head_patch_grid(head.grid, LEFT_MM), SoftEllipsoid(), correction)


@pytest.mark.parametrize(("anterior", "posterior"), [(1.0, 1.0), (1.1, 1.05), (0.9, 0.93), (1.12, 0.9)])
def test_labels_get_the_volumes_that_the_correction_asks_for(anterior, posterior):
    plain, corrected = a_segmentation(None), a_segmentation(a_correction(anterior, posterior))
    for part, factor in (("anterior", anterior), ("posterior", posterior)):
        assert corrected.volumes_mm3()[part] == pytest.approx(factor * plain.volumes_mm3()[part], rel=0.01)


def test_labels_on_a_scan_of_another_grid_get_the_same_volume():
    there, here = (
        a_segmentation(a_correction(1.1, 1.1), spacing_mm).volumes_mm3()["whole"]
        for spacing_mm in ((1.0, 1.0, 1.0), (0.9, 0.9, 0.9))
    )
    assert here == pytest.approx(there, rel=0.02)


def test_nothing_beyond_the_cases_of_the_fit_is_believed():
    asked, allowed = (a_segmentation(a_correction(*factors)).volumes_mm3() for factors in ((9, 9, 1.1), (1.1, 1.1)))
    assert asked == allowed


def test_a_voxel_that_is_hardly_likely_or_all_but_certain_is_no_matter_of_a_threshold():
    probabilities = SoftEllipsoid().predict(np.zeros((36, 50, 36)))[0]
    everywhere = np.ones((36, 50, 36), dtype=bool)
    most, least = (
        labelled(probabilities, thresholds_for(probabilities, everywhere, asked, asked)) > 0 for asked in (9e9, 0)
    )
    assert not (most & (probabilities[0] > 0.751)).any()
    assert least[probabilities[0] < 0.249].all()


def test_an_image_without_a_hippocampus_stays_empty():
    class Nothing:
        def predict(self, image: np.ndarray) -> np.ndarray:
            return np.broadcast_to(np.array([0.98, 0.01, 0.01], np.float32)[:, None, None, None], (2, 3, *image.shape))

    image = Volume(np.random.default_rng(0).normal(size=(36, 50, 36)).astype(np.float32), np.eye(4))
    assert not segment_left(image, image.grid, Nothing(), a_correction(1.1, 1.1)).labels.any()


def test_a_correction_is_read_as_it_was_written():
    correction = a_correction(1.1, 0.9)
    assert read_volume_correction(dataclasses.asdict(correction)) == correction
