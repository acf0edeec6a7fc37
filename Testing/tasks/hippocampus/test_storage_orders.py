"""The same image stored in each of the 48 axis orders: labels, numbers and checks stay the same in space."""

import head_variations as vary
import numpy as np
import pytest
from bundles import change_config, copy_bundle, write_random_members
from stand_ins import PaintedHeadEnsemble, a_painted_head
from storage_orders import ALL_48_ORDERS

from quantseg.inference.device import choose_device
from quantseg.inference.ensemble import Ensemble
from quantseg.inference.model_store import ModelStore
from quantseg.measure.steps import Steps
from quantseg.models.bundle import find_bundle, open_bundle
from quantseg.models.trust import hash_bundle
from quantseg.reading.scan import ImageFormat, Scan
from quantseg.tasks.hippocampus.options import HippocampusOptions, InputKind
from quantseg.tasks.hippocampus.pipeline import SEGMENTER, HippocampusPipeline
from quantseg.volume import Volume


class UntrainedModels(ModelStore):
    """A segmenter with the shipped architecture, narrow and untrained, which respects no symmetry.

    The finders, which would see nothing in a painted head, are stood in for.
    """

    def __init__(self, segmenter: Ensemble) -> None:
        super().__init__()
        self._segmenter = segmenter

    def ensemble(self, name, *_args, **_more):
        if name == SEGMENTER:
            return self._segmenter
        finder = PaintedHeadEnsemble()
        finder.bundle = find_bundle(name)
        return finder


@pytest.fixture(scope="module")
def models(repository, tmp_path_factory) -> UntrainedModels:
    shipped = repository / "Resources" / "Models" / SEGMENTER
    folder = copy_bundle(shipped, tmp_path_factory.mktemp("models") / SEGMENTER, members=0)
    network = open_bundle(shipped, hash_bundle(shipped)).inference["network_def"]
    change_config(folder, {"network_def": network | {"channels": [4, 4, 8, 8, 8]}})
    write_random_members(folder, members=2)
    return UntrainedModels(Ensemble(open_bundle(folder, hash_bundle(folder)), choose_device("cpu")))


@pytest.fixture(scope="module")
def segment(models):
    """Return the function from a volume, and what it shows, to its case."""
    pipelines = {kind: HippocampusPipeline(HippocampusOptions(input_kind=kind), models) for kind in InputKind}
    return lambda volume, kind: pipelines[kind].run("case", Scan(volume, ImageFormat.NIFTI), Steps())


@pytest.fixture(scope="module")
def a_crop() -> Volume:
    """Noisy; no size and no spacing comes twice."""
    noise = np.random.default_rng(1).normal(100, 30, (34, 47, 38)).astype(np.float32)
    affine = np.diag([1.1, 0.9, 1.0, 1.0])
    affine[:3, 3] = -40.0, -35.0, -30.0
    return Volume(noise, affine)


@pytest.fixture(scope="module")
def its_case(segment, a_crop):
    return segment(a_crop, InputKind.CROP)


@pytest.fixture(scope="module")
def a_head() -> Volume:
    """Painted and noisy; no size and no spacing comes twice."""
    head = a_painted_head((2.1, 1.9, 2.0), extent_mm=(150, 170, 160))
    return head.with_array(head.array + np.random.default_rng(0).normal(0, 8, head.array.shape).astype(np.float32))


def assert_same_in_space(found, stored, expected):
    assert found.labels.shape == stored.volume.array.shape
    assert np.array_equal(stored.labels_back(found.labels), expected.labels)
    assert np.array_equal(stored.labels_back(found.voxel_entropy), expected.voxel_entropy)
    assert [(one.key, one.region) for one in found.measurements] == [(o.key, o.region) for o in expected.measurements]
    for one, other in zip(found.measurements, expected.measurements, strict=True):
        assert one.value == pytest.approx(other.value, rel=1e-6)
    assert found.checks == expected.checks


def test_the_network_respects_no_symmetry_that_could_hide_an_exchange_of_axes(segment, a_crop, its_case):
    assert set(np.unique(its_case.labels)) == {0, 1, 2}
    for axis in range(3):
        mirrored = segment(a_crop.with_array(np.flip(a_crop.array, axis).copy()), InputKind.CROP)
        assert not np.array_equal(np.flip(mirrored.labels, axis), its_case.labels)


@pytest.mark.parametrize("order", ALL_48_ORDERS, ids=str)
def test_every_order_of_storage_of_a_crop_gives_the_same_case(segment, a_crop, its_case, order):
    stored = vary.in_order(a_crop, order)
    assert_same_in_space(segment(stored.volume, InputKind.CROP), stored, its_case)


@pytest.mark.slow
def test_the_order_of_storage_of_a_head_changes_nothing(segment, a_head):
    expected = segment(a_head, InputKind.HEAD)
    assert all(np.isin(expected.labels, side).any() for side in ((1, 2), (3, 4)))
    assert expected.algorithm == f"QuantSeg hippocampus {find_bundle(SEGMENTER).version}"
    for order in ALL_48_ORDERS[9::19]:
        stored = vary.in_order(a_head, order)
        assert_same_in_space(segment(stored.volume, InputKind.HEAD), stored, expected)
