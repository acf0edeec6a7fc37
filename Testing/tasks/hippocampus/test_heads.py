"""Whole heads through the real models: both sides, right way round, whatever the storage."""

from pathlib import Path

import head_variations as vary
import numpy as np
import pytest
from head_variations import labels_of
from storage_orders import ALL_48_ORDERS

from quantseg.evaluation.metrics import dice
from quantseg.inference.model_store import ModelStore
from quantseg.measure.steps import Steps
from quantseg.measure.values import Verdict
from quantseg.reading import find_cases, read_scan
from quantseg.reading.scan import ImageFormat, Scan
from quantseg.tasks.hippocampus.options import HippocampusOptions
from quantseg.tasks.hippocampus.pipeline import HippocampusPipeline, InputKind
from quantseg.volume import Volume, to_canonical
from quantseg.volume.masks import grown, largest_component

LEFT, RIGHT = (1, 2), (3, 4)


@pytest.fixture(scope="module")
def a_pipeline() -> HippocampusPipeline:
    return HippocampusPipeline(HippocampusOptions(), ModelStore())


@pytest.fixture(scope="module")
def a_head(repository: Path) -> Volume:
    scan = read_scan(find_cases([repository / "Resources" / "SampleData" / "head_t1.nii.gz"])[0])
    canonical, _ = to_canonical(scan.volume)
    return Volume(canonical.array.astype(np.float32), canonical.affine)


@pytest.fixture(scope="module")
def its_labels(a_pipeline, a_head) -> np.ndarray:
    return labels_of(a_pipeline, a_head)


def centre_mm(labels: np.ndarray, value: int, volume: Volume) -> np.ndarray:
    return volume.grid.to_world(np.argwhere(labels == value).mean(axis=0))


def assert_plausible(labels: np.ndarray, head: Volume) -> None:
    """Both sides, 2 to 5 ml each; left at smaller x; anterior in front of and below posterior."""
    for anterior, posterior in (LEFT, RIGHT):
        volume_ml = float(np.isin(labels, (anterior, posterior)).sum()) * head.voxel_volume_mm3 / 1000
        assert 2 <= volume_ml <= 5
        front_mm, back_mm = (centre_mm(labels, value, head) for value in (anterior, posterior))
        assert front_mm[1] > back_mm[1] + 5
        assert front_mm[2] < back_mm[2] - 1
    assert centre_mm(labels, LEFT[0], head)[0] < centre_mm(labels, RIGHT[0], head)[0] - 30


def test_the_sample_head_has_both_hippocampi_the_right_way_round(its_labels, a_head):
    assert_plausible(its_labels, a_head)


@pytest.mark.slow
def test_real_heads_have_both_hippocampi_the_right_way_round(a_pipeline, data_folder):
    if data_folder is None:
        pytest.skip("QUANTSEG_DATA names no folder with further heads; the sample head is tested above")
    for case in find_cases([data_folder / "heads"]):
        scan = read_scan(case)
        result = a_pipeline.run(case.name, scan, Steps())
        assert_plausible(result.labels, scan.volume)


@pytest.mark.slow
def test_another_axis_order_gives_identical_labels(a_pipeline, a_head, its_labels):
    """One order, which exchanges all axes and flips two; test_storage_orders goes through all 48 with a small model."""
    stored = vary.in_order(a_head, ALL_48_ORDERS[29])
    assert np.array_equal(stored.labels_back(labels_of(a_pipeline, stored.volume)), its_labels)


@pytest.mark.slow
def test_a_mirrored_head_exchanges_its_sides_exactly(a_pipeline, a_head, its_labels):
    mirrored = labels_of(a_pipeline, vary.mirrored_content(a_head))[::-1]
    assert np.array_equal(np.choose(mirrored, [0, 3, 4, 1, 2]), its_labels)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variations", "least_dice"),
    [
        ([lambda head: vary.obliquely_stored(head, 30)], 0.95),
        ([lambda head: vary.rotated(head, 10), vary.with_bias_field], 0.90),
        ([lambda head: vary.shifted(head, 7), lambda head: vary.at_spacing(head, 1.2)], 0.90),
    ],
    ids=["oblique 30°", "rotated 10° with a bias field", "shifted 7 mm at 1.2 mm"],
)
def test_labels_withstand(a_pipeline, a_head, its_labels, variations, least_dice):
    """Each alone, and more of them, go through ``Testing/benchmarks/head_robustness.py``."""
    changed, backwards = a_head, []
    for variation in variations:
        varied = variation(changed)
        changed = varied.volume
        backwards.insert(0, varied.labels_back)
    labels = labels_of(a_pipeline, changed)
    back = labels
    for to_the_former in backwards:
        back = to_the_former(back)
    for side in (LEFT, RIGHT):
        assert dice(np.isin(back, side), np.isin(its_labels, side)) >= least_dice
        original_mm3 = float(np.isin(its_labels, side).sum()) * a_head.voxel_volume_mm3
        changed_mm3 = float(np.isin(labels, side).sum()) * changed.voxel_volume_mm3
        assert changed_mm3 == pytest.approx(original_mm3, rel=0.05)


def test_the_right_side_of_a_crop_is_labelled_as_right(a_head, its_labels):
    box = np.argwhere(np.isin(its_labels, RIGHT))
    start = tuple(int(n) for n in box.min(axis=0) - 6)
    stop = tuple(int(n) for n in box.max(axis=0) + 7)
    cut = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
    crop = Volume(a_head.array[cut], a_head.grid.window(start, (1, 1, 1)).affine)
    from quantseg.tasks.hippocampus.options import Side

    pipeline = HippocampusPipeline(HippocampusOptions(input_kind=InputKind.CROP, side=Side.RIGHT), ModelStore())
    labels = labels_of(pipeline, crop)
    assert set(np.unique(labels)) <= {0, *RIGHT}
    assert dice(labels > 0, np.isin(its_labels, RIGHT)[cut]) > 0.85


@pytest.mark.slow
def test_a_bright_background_changes_neither_labels_nor_intracranial_volume(a_pipeline, a_head, its_labels):
    level = float(np.percentile(a_head.array, 99.9)) * 2
    outside = ~largest_component(a_head.array > 0.08 * np.percentile(a_head.array, 99.5))
    outside = ~grown(~outside, 1)
    bright = Scan(a_head.with_array(np.where(outside, level, a_head.array)), ImageFormat.NIFTI)
    result = a_pipeline.run("bright", bright, Steps())
    assert result.verdict is Verdict.LOOK
    assert any(check.key == "background" for check in result.checks)
    volumes_ml = {m.region: m.value / 1000 for m in result.measurements if m.key == "intracranial_volume"}
    assert volumes_ml["head"] == pytest.approx(1837, rel=0.02)
    assert dice(result.labels > 0, its_labels > 0) > 0.97
