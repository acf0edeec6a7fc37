"""Labels of brain tissue that a person has changed or drawn: what is measured and judged anew, and what is not."""

import dataclasses

import numpy as np
import pytest
from finished_brains import WHITE_BOX, build_brain

from quantseg.errors import InputRefused, UsageError
from quantseg.measure.values import Verdict
from quantseg.results.sections import Text
from quantseg.results.writing import write_case
from quantseg.tasks.brain_tissue.correcting import corrected, drawn_by_hand
from quantseg.tasks.brain_tissue.review.corrector import BrainTissueCorrector
from quantseg.tasks.brain_tissue.task import TASK

_BOX_ML = 64 * 4.0**3 / 1000


@pytest.fixture(scope="module", params=[False, True], ids=["tissues", "parts"])
def a_brain(request):
    return build_brain(parts=request.param)


def values(result):
    return {(one.key, one.region): one.value for one in result.measurements}


def repainted(result, value):
    labels = result.labels.copy()
    labels[WHITE_BOX] = value
    return labels


def test_nothing_edited_changes_nothing(a_brain):
    assert corrected(a_brain, a_brain.labels, ()).measurements == a_brain.measurements


def test_a_stroke_changes_volumes_and_shares_by_what_it_covers_and_no_border_elsewhere(a_brain):
    white, grey = (a_brain.segments[n].key for n in (2, 1))
    before = values(a_brain)
    after = values(corrected(a_brain, repainted(a_brain, 2), (white, grey)))
    for key in ("volume", "label_volume"):
        assert after[key, "grey_matter"] - before[key, "grey_matter"] == pytest.approx(_BOX_ML)
        assert after[key, "white_matter"] - before[key, "white_matter"] == pytest.approx(-_BOX_ML)
        for region in ("csf", "brain"):
            assert after[key, region] == pytest.approx(before[key, region])
    total = before["intracranial_volume", "head"]
    assert after["intracranial_volume", "head"] == pytest.approx(total)
    share = after["volume_per_intracranial", "grey_matter"]
    assert share == pytest.approx(100 * (before["volume", "grey_matter"] + _BOX_ML) / total)
    assert after.keys() == before.keys()


def test_the_intracranial_volume_follows_what_is_taken_away_of_its_border(a_brain):
    labels = np.where(a_brain.labels == 1, 0, a_brain.labels).astype(np.uint8)
    before = values(a_brain)
    after = values(corrected(a_brain, labels, (a_brain.segments[0].key,)))
    gone = before["label_volume", "csf"] - after["label_volume", "csf"]
    assert gone > 100
    assert after["intracranial_volume", "head"] == pytest.approx(before["intracranial_volume", "head"] - gone)
    assert after["volume", "csf"] == pytest.approx(before["volume", "csf"] - gone)


def test_no_volume_falls_below_nothing(a_brain):
    """By shares there is less grey matter than is labelled, so that more can be erased than was counted."""
    labels = np.where(a_brain.labels == 2, 0, a_brain.labels).astype(np.uint8)
    found = values(corrected(a_brain, labels, (a_brain.segments[1].key,)))
    assert found["volume", a_brain.segments[1].key] == 0
    assert min(found.values()) >= 0


def test_a_second_correction_goes_on_from_the_first(a_brain):
    keys = [segment.key for segment in a_brain.segments]
    first = corrected(a_brain, repainted(a_brain, 2), keys)
    assert values(corrected(first, repainted(first, 1), keys)) == pytest.approx(
        values(corrected(a_brain, repainted(a_brain, 1), keys))
    )


def test_intervals_go_and_protocols_say_why(a_brain):
    result = corrected(a_brain, repainted(a_brain, 2), (a_brain.segments[2].key,))
    assert not any(one.interval for one in result.measurements)
    assert all("a person" in one.protocol for one in result.measurements if one.key == "volume")
    texts = [section for section in TASK.presenter.present(result).sections if isinstance(section, Text)]
    leads = [paragraph.lead for paragraph in texts[-1].paragraphs]
    assert "Corrected by hand." in leads
    assert "Intervals." not in leads


def test_what_numbers_tell_is_judged_anew_and_the_rest_says_that_it_is_old(a_brain):
    labels = np.where(a_brain.labels == 2, 3, a_brain.labels).astype(np.uint8)
    grey = a_brain.segments[1].key
    checks = {one.key: one for one in corrected(a_brain, labels, (grey,)).checks}
    assert checks["grey_per_white"].verdict is not Verdict.GOOD
    assert not checks["grey_per_white"].reason.startswith("Before")
    assert checks["whole_brain"].reason.startswith("Before the correction by hand")
    assert checks["contrast"].reason.startswith("Before the correction by hand")
    assert "left nothing of" in checks["emptied"].reason


@pytest.mark.parametrize(("highest", "segments"), [(3, 3), (4, 13)])
def test_drawn_labels_are_a_case_without_checks_whose_voxels_are_counted(highest, segments):
    a_brain = build_brain()
    labels = a_brain.labels.copy()
    labels[WHITE_BOX] = highest
    result = drawn_by_hand("head", a_brain.scan, labels)
    found = values(result)
    assert (len(result.segments), result.checks, result.models) == (segments, (), ())
    assert found["volume", "csf"] == pytest.approx(found["label_volume", "csf"])
    shares = [found["volume_per_tissue", region] for region in ("csf", "grey_matter", "white_matter")]
    assert sum(shares) == pytest.approx(100)
    assert values(corrected(result, repainted(result, 1), ("csf",)))["volume", "csf"] > found["volume", "csf"] - 5


def test_a_drawn_value_that_stands_for_nothing_is_refused(a_brain):
    with pytest.raises(InputRefused, match="go up to 14"):
        drawn_by_hand("head", a_brain.scan, repainted(a_brain, 14))


def test_a_corrected_case_is_written_read_and_measured_again_as_it_is(a_brain, tmp_path):
    corrector = BrainTissueCorrector()
    result = corrected(a_brain, repainted(a_brain, 2), [segment.key for segment in a_brain.segments])
    folder = write_case(result, tmp_path, TASK.presenter, report=False).folder
    again = corrector.result_of(a_brain.scan, corrector.read_written(folder))
    assert again.edited_segments == result.edited_segments
    measured = corrector.measured(again, again.labels, a_brain.labels)
    assert values(measured) == pytest.approx(values(result), abs=0.2)


def test_a_result_of_no_model_is_presented_as_drawn(a_brain, tmp_path):
    result = dataclasses.replace(drawn_by_hand("head", a_brain.scan, a_brain.labels), name="drawn")
    report = (write_case(result, tmp_path, TASK.presenter).folder / "report.html").read_text(encoding="utf-8")
    assert "No model of QuantSeg made these labels" in report


def test_corrected_tissues_are_no_training_data(tmp_path):
    with pytest.raises(UsageError, match="not from corrected tissues"):
        BrainTissueCorrector().export_training(None, tmp_path)
