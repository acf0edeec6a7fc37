"""All frames in one region, no frame dependent on another, and doubt from members that disagree."""

import numpy as np
import pytest
import torch

from quantseg.inference.device import Device, Precision
from quantseg.inference.ensemble import PlainNetworks
from quantseg.inference.torch_network import TorchNetwork
from quantseg.measure.values import Verdict
from quantseg.tasks.heart.doubt import check_agreement, check_finding, ejection_fraction_intervals
from quantseg.tasks.heart.phases import Phases
from quantseg.tasks.heart.segmenting import CycleSegmentation, segment_cycle
from quantseg.tasks.heart.short_axis import ShortAxisStack
from quantseg.tasks.heart.stray_labels import without_stray_labels
from quantseg.tasks.heart.volumes import volume_curves

_CPU = Device("cpu", "CPU", Precision.FLOAT32)
_INFERENCE = {
    "spacing_mm": [1.5, 1.5],
    "coarse_spacing_mm": 3.0,
    "minimum_patch": [64, 64],
    "patch_multiple": 16,
    "margin_mm": 20.0,
    "label_values": [0, 2, 3],
    "intensity": {"_target_": "Compose", "transforms": [{"_target_": "NormalizeIntensityd", "keys": "image"}]},
}
_PIXEL_MM = (1.5, 1.5)


class _BrightIsCavity(torch.nn.Module):
    """Calls the last class what is brighter than so many SDs above the sample's mean."""

    def __init__(self, threshold=1.0):
        super().__init__()
        self.threshold, self.sizes = threshold, []

    def forward(self, samples):
        self.sizes.append(tuple(samples.shape[2:]))
        bright = torch.where(samples[:, :1] > self.threshold, 9.0, -9.0)
        return torch.cat([-bright, torch.full_like(bright, -20.0), bright], dim=1)


def _frames(radii=(30, 24, 18, 22, 26, 28), shape=(150, 140, 4), scale=1.0):
    i, j = np.meshgrid(np.arange(shape[0]), np.arange(shape[1]), indexing="ij")
    distance = np.hypot(i - 90, j - 60) / scale
    discs = np.stack([distance < radius for radius in radii]) * 500.0 + 100.0
    return np.repeat(discs[..., None], shape[2], axis=3)


def _segmented(frames, pixel_mm=_PIXEL_MM, networks=None):
    ensemble = PlainNetworks([TorchNetwork(one) for one in networks or [_BrightIsCavity()]], _CPU)
    return segment_cycle(frames, pixel_mm, ensemble, _INFERENCE, ensemble)


def test_every_frame_is_looked_at_in_the_same_window():
    network = _BrightIsCavity()
    found = _segmented(_frames(), networks=[network])
    assert found.heart_found
    coarse, close = network.sizes[:4], network.sizes[4:]
    assert len(close) == 12  # Each as it is and mirrored.
    assert len(set(close)) == 1
    assert coarse != close[:4]


def test_labels_take_the_values_of_the_bundle_and_follow_each_frame():
    found = _segmented(_frames())
    assert set(np.unique(found.labels)) == {0, 3}
    areas = (found.labels == 3).sum(axis=(1, 2, 3)) / 4
    assert areas == pytest.approx([np.pi * radius**2 for radius in (30, 24, 18, 22, 26, 28)], rel=0.03)
    assert np.array_equal(found.member_counts[0, :, 3], (found.labels == 3).sum(axis=(1, 2, 3)))
    assert found.member_dice is None


def test_frames_in_another_order_get_the_same_labels():
    order = [3, 5, 0, 2, 1, 4]
    frames = _frames()
    assert np.array_equal(_segmented(frames[order]).labels, _segmented(frames).labels[order])


class _SeesEndDiastole(_BrightIsCavity):
    """Calls the muscle's class what only end-diastole shows bright, and keeps whether it was shown any."""

    def __init__(self):
        super().__init__()
        self.shown = []

    def forward(self, samples):
        self.shown.append(bool(samples[:, 3].any()))
        scores = super().forward(samples)
        only_then = (samples[:, 3:] > self.threshold) & (samples[:, :1] <= self.threshold)
        return torch.cat([scores[:, :1], torch.where(only_then, 20.0, -20.0), scores[:, 2:]], dim=1)


def _seen_with_end_diastole(frames, network=None, scout=None, **more):
    ensemble, scout = (PlainNetworks([TorchNetwork(one or _SeesEndDiastole())], _CPU) for one in (network, scout))
    return segment_cycle(frames, _PIXEL_MM, ensemble, _INFERENCE | {"end_diastolic_channel": True}, scout, **more)


def test_every_frame_is_shown_beside_the_fullest_one_whatever_their_order():
    found = _seen_with_end_diastole(_frames())
    assert found.reference == 0
    assert not (found.labels[0] == 2).any()
    uncovered = [np.pi * (30**2 - radius**2) for radius in (24, 18, 22, 26, 28)]
    assert (found.labels[1:] == 2).sum(axis=(1, 2, 3)) / 4 == pytest.approx(uncovered, rel=0.05)
    order = [3, 5, 0, 2, 1, 4]
    shuffled = _seen_with_end_diastole(_frames()[order])
    assert shuffled.reference == 2
    assert np.array_equal(shuffled.labels, found.labels[order])


def test_end_diastole_that_is_known_is_taken():
    found = _seen_with_end_diastole(_frames(), end_diastole=4)
    assert found.reference == 4
    assert not (found.labels[4] == 2).any()


def test_a_single_frame_is_shown_no_end_diastole():
    network = _SeesEndDiastole()
    assert _seen_with_end_diastole(_frames()[:1], network).reference is None
    assert not any(network.shown)


def test_a_scout_finds_end_diastole_and_members_are_shown_it():
    member, scout = _SeesEndDiastole(), _SeesEndDiastole()
    found = _seen_with_end_diastole(_frames(), member, scout)
    assert found.reference == 0
    # To find the heart, four frames alone; then each frame as it is and mirrored.
    assert not any(member.shown[:4])
    assert len(member.shown) == 16
    assert all(member.shown[4:])
    assert not any(scout.shown)


def test_a_heart_of_unknown_pixel_size_is_brought_to_its_usual_size():
    network = _BrightIsCavity()
    _segmented(_frames(radii=(18, 14), scale=2.0), pixel_mm=None, networks=[network])
    # 72 pixels across, taken for 110 mm: the close look, at 1.5 mm, covers them with its margins of 20 mm.
    assert network.sizes[-1][0] >= (110 + 40) / 1.5


def test_members_that_disagree_widen_the_interval_and_lower_the_agreement():
    members = [_BrightIsCavity(1.0), _BrightIsCavity(1.4)]
    i, j = np.meshgrid(np.arange(150), np.arange(140), indexing="ij")
    frames = np.stack([np.exp(-((i - 75) ** 2 + (j - 70) ** 2) / (2 * sd**2)) for sd in (28, 18)])[..., None] * 1000
    frames = np.repeat(frames, 4, axis=3)
    apart, alike = (_segmented(frames, networks=networks) for networks in (members, [members[0], members[0]]))
    widths = []
    for found in (apart, alike):
        curves = volume_curves(ShortAxisStack(found.labels, np.diag([1.5, 1.5, 8, 1])))
        interval = ejection_fraction_intervals(found, curves, Phases(0, 1))["left_ventricle"]
        widths.append(interval.high - interval.low)
    assert widths[1] == pytest.approx(2 * 1.96 * 2.7)
    assert widths[0] > widths[1]
    assert apart.member_dice.min() < 0.95
    assert alike.member_dice.tolist() == [1.0, 1.0]


def _doubted(member_dice=None, stray_share=(0.0, 0.0, 0.0), heart_found=True):
    shape = (3, 2, 2, 2)
    return CycleSegmentation(
        np.zeros(shape, np.uint8),
        np.zeros((2, 3, 4)),
        member_dice,
        None,
        np.zeros(3),
        np.array(stray_share),
        heart_found,
    )


@pytest.mark.parametrize(("dice", "verdict"), [(0.95, Verdict.GOOD), (0.8, Verdict.LOOK), (0.4, Verdict.FAIL)])
def test_agreement_is_judged_in_the_frames_that_matter(dice, verdict):
    found = _doubted(np.array([0.99, dice, 0.1]))
    (check,) = check_agreement(found, (0, 1))
    assert check.verdict is verdict
    assert f"{dice:.2f}" in check.reason


@pytest.mark.parametrize(
    ("found", "key", "verdict"),
    [
        (_doubted(stray_share=(0.0, 0.2, 0.5)), "stray_share", Verdict.GOOD),
        (_doubted(stray_share=(0.3, 0.0, 0.0)), "stray_share", Verdict.LOOK),
        (_doubted(heart_found=False), "heart_found", Verdict.FAIL),
    ],
)
def test_what_was_taken_for_the_heart_is_judged_in_the_frames_that_matter(found, key, verdict):
    (check,) = check_finding(found, (0, 1))
    assert (check.key, check.verdict) == (key, verdict)


def test_each_ventricle_stays_one_body_and_what_lies_apart_goes():
    labels = np.zeros((20, 20, 4), np.uint8)
    labels[4:12, 4:12], labels[6:10, 6:10] = 2, 3
    labels[12:16, 4:12, :3] = 1
    expected = labels.copy()
    labels[17:19, 17:19, 0], labels[1, 18, 3] = 3, 1
    # A piece that touches by a corner in the next slice belongs to the body.
    expected[16, 12, 3] = labels[16, 12, 3] = 1
    kept, share = without_stray_labels(labels)
    assert np.array_equal(kept, expected)
    assert share == pytest.approx(5 / np.count_nonzero(labels))
    assert without_stray_labels(np.zeros_like(labels))[1] == 0


class _BrightInDarkRing(_BrightIsCavity):
    """Calls cavity what is bright, and muscle what lies within some pixels of it; in the first slice there is none."""

    def forward(self, samples):
        cavity = (samples[:, :1] > self.threshold).float()
        muscle = (torch.nn.functional.max_pool2d(cavity, 9, 1, 4) - cavity) * (samples[:, :1] > -5).float()
        atrium = cavity.sum(dim=(1, 2, 3), keepdim=True) > 2500
        scores = torch.cat([1 - cavity - muscle, muscle, cavity], dim=1)
        alone = torch.cat([1 - cavity, torch.zeros_like(cavity), cavity], dim=1)
        return 9.0 * torch.where(atrium, alone, scores)


class _WithEmptyRightVentricle(_BrightInDarkRing):
    """The same for a model that knows a right ventricle, and finds none."""

    def forward(self, samples):
        background, *left = super().forward(samples).split(1, dim=1)
        return torch.cat([background, torch.full_like(background, -20.0), *left], dim=1)


def _frames_with_atrium():
    """A bright disc in five slices, and a larger one, without any wall, in the first."""
    frames = _frames(radii=(20, 16), shape=(150, 140, 6))
    i, j = np.indices(frames.shape[1:3])
    frames[..., 0] = np.where(np.hypot(i - 90, j - 60) < 40, 600.0, 100.0)
    return frames


def test_a_model_of_the_left_ventricle_alone_loses_a_slice_without_wall():
    ensemble = PlainNetworks([TorchNetwork(_BrightInDarkRing())], _CPU)
    found = segment_cycle(_frames_with_atrium(), _PIXEL_MM, ensemble, _INFERENCE, ensemble)
    assert found.open_slices.tolist() == [1, 1]
    assert not found.labels[..., 0].any()
    assert (found.labels[..., 1:] == 3).any(axis=(1, 2)).all()
    # Intervals come from the members' own volumes, which are held to the same.
    assert found.member_counts[0, :, 3].tolist() == np.count_nonzero(found.labels == 3, axis=(1, 2, 3)).tolist()


def test_labels_of_a_model_that_knows_the_right_ventricle_are_left_alone():
    ensemble = PlainNetworks([TorchNetwork(_WithEmptyRightVentricle())], _CPU)
    inference = _INFERENCE | {"label_values": [0, 1, 2, 3]}
    found = segment_cycle(_frames_with_atrium(), _PIXEL_MM, ensemble, inference, ensemble)
    assert found.open_slices is None
    assert (found.labels[..., 0] == 3).any()
