"""One process at work on many cases."""

import dataclasses
import itertools
import math
import threading
import time
import weakref

import numpy as np
import psutil
import pytest
from made_dicom import write_series
from made_volumes import affine_of, noisy_array
from small_scans import write_scan
from standin_pipeline import SLOW_SECONDS, TASK

from quantseg.batch import overlap
from quantseg.batch.overlap import process_overlapped
from quantseg.errors import ModelError
from quantseg.reading import find_cases
from quantseg.results.status import CaseStatus
from quantseg.volume import Volume


def test_every_case_ends_in_one_outcome_with_its_reason(job, scans):
    names = ["a", "broken", "memory", "refused", "z"]
    outcomes = {outcome.name: outcome for outcome in process_overlapped(job, scans(names))}

    assert {name: outcome.status for name, outcome in outcomes.items()} == {
        "a": CaseStatus.DONE,
        "broken": CaseStatus.FAILED,
        "memory": CaseStatus.FAILED,
        "refused": CaseStatus.REFUSED,
        "z": CaseStatus.DONE,
    }
    assert "ZeroDivisionError" in outcomes["broken"].reason
    assert "nothing to divide by" in outcomes["broken"].reason
    assert "let fewer cases be worked on at once" in outcomes["memory"].reason
    assert outcomes["refused"].reason == "No hippocampus was found in the image; expected one."
    assert sorted(path.name for path in job.output.iterdir()) == ["a", "z"]


def test_an_unreadable_file_is_refused_and_the_rest_done(job, scans):
    cases = scans(["a", "b"])
    cases[0].path.write_bytes(b"this is no image")
    outcomes = {outcome.name: outcome for outcome in process_overlapped(job, cases)}

    assert outcomes["a"].status is CaseStatus.REFUSED
    assert outcomes["b"].status is CaseStatus.DONE


def test_the_outcome_of_a_refused_series_does_not_repeat_the_cases_name(job, tmp_path):
    volume = Volume(noisy_array(), affine_of(np.eye(3)))
    write_series(tmp_path / "dicom", volume, change=lambda _dataset, k: k != 5)
    (outcome,) = process_overlapped(job, find_cases([tmp_path / "dicom"]))
    assert outcome.status is CaseStatus.REFUSED
    assert outcome.reason.startswith("1 slice is missing from the series")
    assert outcome.name.startswith("series7_")


def test_the_next_case_is_read_while_one_is_predicted(job, scans):
    cases = scans(["slow", "next"])
    asked, predicting = [], threading.Event()

    def incoming():
        yield cases[0]
        # Without overlap the second case would be asked for only after the first one's prediction.
        assert predicting.wait(10 * SLOW_SECONDS)
        asked.append("while the first is predicted")
        yield cases[1]

    outcomes = process_overlapped(job, incoming(), lambda _case: predicting.set())

    assert len(list(outcomes)) == 2
    assert asked == ["while the first is predicted"]


def test_a_damaged_model_ends_the_batch(job, scans):
    with pytest.raises(ModelError, match="hash"):
        list(process_overlapped(job, scans(["a", "untrusted", "z"])))


def test_a_full_disk_costs_the_case_and_is_said(job, scans, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("quantseg.results.writing.write_case", full)
    (outcome,) = process_overlapped(job, scans(["a"]))

    assert outcome.status is CaseStatus.FAILED
    assert "No space left on device" in outcome.reason


def test_an_error_of_a_parser_does_not_quote_what_it_parsed(job, scans, monkeypatch):
    def quoting(*_args):
        raise KeyError("DOE^JANE 19640229")

    monkeypatch.setattr("standin_pipeline.TASK", dataclasses.replace(TASK, read=quoting))
    (outcome,) = process_overlapped(job, scans(["a"]))

    assert outcome.status is CaseStatus.FAILED
    assert "KeyError" in outcome.reason
    assert "DOE" not in outcome.reason


def test_no_result_is_kept_once_its_case_is_done(job, scans, monkeypatch):
    really_predict, predicted = overlap.predict_case, []

    def predict_and_note(*args):
        found = really_predict(*args)
        predicted.append(weakref.ref(found.result))
        return found

    monkeypatch.setattr(overlap, "predict_case", predict_and_note)
    (case,) = scans(["a"])
    outcomes, alive = [], []
    for outcome in process_overlapped(job, itertools.repeat(case, 20)):
        outcomes.append(outcome)
        alive.append(sum(result() is not None for result in predicted))

    assert len(predicted) == len(outcomes) == 20
    # Two wait to be written, or are, and one may just have been predicted.
    assert max(alive) <= 3


def test_memory_stays_flat_over_many_cases(job, tmp_path):
    shape, many = (96, 96, 96), 24
    write_scan(tmp_path / "large.nii.gz", shape=shape)
    cases = find_cases([tmp_path / "large.nii.gz"])
    sizes = [psutil.Process().memory_info().rss for _ in process_overlapped(job, cases * many)]

    # The image is float32, the labels of a byte; a scene for each case would hold the labels and more.
    image_and_labels, labels = 5 * math.prod(shape), math.prod(shape)
    grown, between = max(sizes[-8:]) - max(sizes[:8]), many - 8
    assert grown < between * labels / 2, f"{grown / between / image_and_labels:.0%} of each case stayed in memory"


def test_results_do_not_pile_up_before_a_slow_disk(job, scans, monkeypatch):
    from quantseg.results import writing

    really_write, begun, written = writing.write_case, [], []

    def write_slowly(*args, **kwargs):
        time.sleep(0.1)
        files = really_write(*args, **kwargs)
        written.append(files)
        return files

    monkeypatch.setattr(writing, "write_case", write_slowly)
    (case,) = scans(["a"])
    ahead = []

    def note(_case):
        ahead.append(len(begun) - len(written))
        begun.append(_case)

    list(process_overlapped(job, (case for _ in range(10)), note))

    assert len(written) == 10
    assert max(ahead) <= 3
