"""What two heart models are compared by: frames by their overlap, patients by the errors of their function."""

import shutil

import pytest
from made_hearts import write_acdc

from quantseg.evaluation.request import EvaluationRequest
from quantseg.tasks.heart.learning import SCORER


@pytest.fixture
def folder(tmp_path):
    return write_acdc(tmp_path / "acdc")


def test_a_folder_of_hearts_is_taken_apart_by_patient_and_scored_by_frame_and_patient(folder, tmp_path):
    labelled = SCORER.labelled(folder)
    assert labelled.images["patient002"] == folder / "patient002"
    assert labelled.patients == {name: name for name in labelled.images}

    for patient in ("patient001", "patient002"):
        for phase, truth in zip(("ED", "ES"), sorted((folder / patient).glob("*_gt.nii.gz")), strict=True):
            target = tmp_path / "predicted" / patient / f"{phase}_labels.nii.gz"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(truth, target)
    two = frozenset({"patient001", "patient002"})
    request = EvaluationRequest([tmp_path / "predicted"], labelled.labels, two, resamples=50)
    found = {(one.name, one.part): one for one in SCORER.score(request, labelled.options).qualities}

    assert set(found["Dice", "LV cavity"].values) == {f"{name} {phase}" for name in two for phase in ("ED", "ES")}
    assert set(found["Dice", "LV cavity"].values.values()) == {1.0}
    assert found["error", "LV EF"].unit == "points"
    assert dict(found["error", "LV EF"].values) == {"patient001": 0.0, "patient002": 0.0}
    assert not found["error", "LV EF"].more_is_better
