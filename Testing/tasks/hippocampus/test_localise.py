"""Finding hippocampi coarsely; networks are stood in for where geometry is tested apart from accuracy."""

import json

import numpy as np
import pytest
from stand_ins import GREY, HIPPOCAMPUS, LEFT_MM, RIGHT_MM, WHITE, PaintedHeadEnsemble, a_bundle, a_painted_head

from quantseg.tasks.hippocampus.head_labels import MIRRORED, HeadLabel
from quantseg.tasks.hippocampus.localise import Localisation, localise
from quantseg.volume import Volume, to_canonical


class BlindOnTheRight(PaintedHeadEnsemble):
    """Stands in for a network that misses the right hippocampus, in the image and in the mirror image that follows."""

    def __init__(self) -> None:
        super().__init__()
        self._missed = HeadLabel.RIGHT_HIPPOCAMPUS

    def predict(self, image: np.ndarray) -> np.ndarray:
        probabilities = super().predict(image)
        probabilities[:, HeadLabel.WHITE_MATTER] += probabilities[:, self._missed]
        probabilities[:, self._missed] = 0.0
        self._missed = MIRRORED[self._missed]
        return probabilities


class UntrainedEnsemble:
    """Stands in for the network by the shipped architecture with random weights, which respect no symmetry."""

    def __init__(self, repository) -> None:
        import torch

        from quantseg.models.building import build

        self.bundle = a_bundle(3.0)
        config = repository / "Resources/Models/head-localiser/configs/inference.json"
        torch.manual_seed(0)
        self._network = build(json.loads(config.read_text(encoding="utf-8"))["network_def"]).eval()

    def predict(self, image: np.ndarray) -> np.ndarray:
        import torch

        padded = np.zeros([-(-n // 16) * 16 for n in image.shape], np.float32)
        box = tuple(slice(0, n) for n in image.shape)
        padded[box] = image / 100
        with torch.inference_mode():
            scores = self._network(torch.from_numpy(padded)[None, None])
        return torch.softmax(2 * scores, dim=1).numpy()[(slice(None), slice(None), *box)]


def look_for(volume: Volume) -> Localisation:
    """Localise with two stand-ins that know the painted head."""
    return localise(volume, PaintedHeadEnsemble(), PaintedHeadEnsemble())


@pytest.mark.parametrize(
    ("spacing_mm", "turn_deg"),
    [((1, 1, 1), 0), ((2, 2, 2), 0), ((0.8, 1.2, 3.0), 0), ((1.6, 1.6, 1.6), 25)],
    ids=["1 mm", "2 mm", "anisotropic", "oblique"],
)
def test_both_sides_are_found_where_they_are(spacing_mm, turn_deg):
    found = look_for(a_painted_head(spacing_mm, turn_deg))
    assert found.left is not None
    assert found.right is not None
    for place, centre_mm in ((found.left, LEFT_MM), (found.right, RIGHT_MM)):
        assert np.linalg.norm(place.centre_mm - centre_mm) < 2.0
        assert np.linalg.norm(place.centroid_mm - centre_mm) < 1.0
        assert place.volume_mm3 == pytest.approx(4 / 3 * np.pi * 7 * 17 * 8, rel=0.25)
        assert place.mean_probability > 0.9
    assert found.labels.spacing_mm == pytest.approx((2.0, 2.0, 2.0))


def test_the_models_own_spacing_is_used():
    found = localise(a_painted_head(), PaintedHeadEnsemble(spacing_mm=3.0), PaintedHeadEnsemble())
    assert found.labels.spacing_mm == pytest.approx((3.0, 3.0, 3.0))
    assert np.linalg.norm(found.left.centre_mm - LEFT_MM) < 2.0


def test_what_the_first_look_missed_on_one_side_is_looked_for_across_the_head():
    found = localise(a_painted_head(), BlindOnTheRight(), PaintedHeadEnsemble())
    assert not (found.labels.array == HeadLabel.RIGHT_HIPPOCAMPUS).any()
    assert np.linalg.norm(found.left.centre_mm - LEFT_MM) < 2.0
    assert np.linalg.norm(found.right.centre_mm - RIGHT_MM) < 2.0


def test_what_the_second_look_does_not_see_is_not_found():
    found = localise(a_painted_head(), PaintedHeadEnsemble(), BlindOnTheRight())
    assert np.linalg.norm(found.left.centre_mm - LEFT_MM) < 2.0
    assert found.right is None


def test_intracranial_volume_is_that_of_all_but_background():
    found = look_for(a_painted_head())
    expected_mm3 = 4 / 3 * np.pi * 68**3 * 0.9 * 1.1
    assert found.whole_head_in_view
    # The stand-in's threshold lies at three quarters of the fluid's brightness, a quarter of a voxel inside the edge.
    assert found.intracranial_volume_mm3 == pytest.approx(expected_mm3, rel=0.03)
    measurement = found.intracranial_measurement()
    assert (measurement.key, measurement.unit) == ("intracranial_volume", "mm3")
    assert measurement.interval.low < measurement.value < measurement.interval.high


def test_a_head_that_the_picture_cuts_is_not_whole():
    assert not look_for(a_painted_head(lift_mm=-30.0)).whole_head_in_view
    assert not look_for(a_painted_head(extent_mm=(110, 200, 170))).whole_head_in_view


def test_white_over_grey_matter_is_measured_in_the_scans_own_scale():
    contrast = look_for(a_painted_head()).tissue_contrast
    assert contrast.white_median == pytest.approx(WHITE, rel=0.01)
    assert contrast.grey_median == pytest.approx(GREY, rel=0.02)
    assert contrast.white_to_grey_ratio == pytest.approx(WHITE / GREY, rel=0.02)
    assert contrast.standardised_difference > 0


def test_nothing_is_found_where_there_is_no_head():
    empty = a_painted_head()
    empty = empty.with_array(np.zeros_like(empty.array))
    found = look_for(empty)
    assert found.left is None
    assert found.right is None
    assert not found.whole_head_in_view
    assert found.tissue_contrast is None
    assert found.intracranial_volume_mm3 < 50_000


def test_specks_are_no_hippocampus_and_the_larger_structure_wins():
    head = a_painted_head()
    values = head.array.copy()
    values[values == HIPPOCAMPUS] = WHITE
    i, j, k = (int(n) for n in head.grid.to_voxel(LEFT_MM))
    values[i : i + 3, j : j + 3, k : k + 3] = HIPPOCAMPUS
    assert look_for(head.with_array(values)).left is None
    speck = head.array.copy()
    speck[i - 9 : i - 5, j + 15 : j + 18, k + 15 : k + 18] = HIPPOCAMPUS
    assert np.linalg.norm(look_for(head.with_array(speck)).left.centre_mm - LEFT_MM) < 2.0


@pytest.mark.parametrize(("spacing_mm", "turn_deg"), [((1.1, 0.9, 1.7), 0), ((1.3, 1.3, 1.3), 20)])
def test_a_mirrored_head_gives_exactly_the_mirrored_answer(repository, spacing_mm, turn_deg):
    ensemble = UntrainedEnsemble(repository)
    rng = np.random.default_rng(0)
    head = a_painted_head(spacing_mm, turn_deg, extent_mm=(121, 103, 97))
    head = head.with_array(head.array + rng.normal(0, 30, head.array.shape).astype(np.float32))
    mirrored, _ = to_canonical(Volume(head.array, np.diag([-1.0, 1.0, 1.0, 1.0]) @ head.affine))
    answer, other = (localise(volume, ensemble, ensemble) for volume in (head, mirrored))
    assert len(np.unique(answer.labels.array)) > 3
    exchanged = np.array([0, 2, 1, 3, 4, 5], np.uint8)[other.labels.array[::-1]]
    assert np.array_equal(answer.labels.array, exchanged)
    assert answer.intracranial_volume_mm3 == other.intracranial_volume_mm3
    assert answer.whole_head_in_view == other.whole_head_in_view


def test_exchanging_left_and_right_in_the_picture_exchanges_the_places_exactly():
    head = a_painted_head()
    answer = look_for(head)
    other = look_for(head.with_array(np.ascontiguousarray(head.array[::-1])))
    middle_mm = head.grid.centre_mm[0]
    for place, mirrored in ((answer.left, other.right), (answer.right, other.left)):
        assert np.allclose(place.centre_mm[0] - middle_mm, middle_mm - mirrored.centre_mm[0], atol=1e-9)
        assert np.allclose(place.centre_mm[1:], mirrored.centre_mm[1:], atol=1e-9)
        assert (place.volume_mm3, place.mean_probability) == (mirrored.volume_mm3, mirrored.mean_probability)
