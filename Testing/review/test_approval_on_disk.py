"""An approval on the disk holds for the files that were approved, whatever happened to them or to a program since."""

import dataclasses
import json
import os
import subprocess
import sys

import nibabel
import numpy as np
import pytest
from killed_saving import CASE, corrected_case

from quantseg.errors import UsageError
from quantseg.reading import read_scan
from quantseg.review.approval import approve, labels_hash
from quantseg.review.worklist import STATE_FOLDER, CaseState, open_worklist
from quantseg.tasks.hippocampus.review.corrector import HippocampusCorrector
from quantseg.tasks.hippocampus.review.training_data import corrected_cases, export_training_crops


def the_list(folder, session="1"):
    return open_worklist(folder, "Ada", session, HippocampusCorrector())


@pytest.fixture
def approved(tmp_path, a_head_result):
    """A folder of one head whose labels are approved; nobody has it open."""
    folder = tmp_path / "images"
    folder.mkdir()
    volume = a_head_result.volume
    nibabel.save(nibabel.Nifti1Image(volume.array, volume.affine), folder / f"{CASE}.nii.gz")
    worklist = the_list(folder)
    worklist.open(CASE)
    result = dataclasses.replace(a_head_result, name=CASE, scan=read_scan(worklist.entry(CASE).case))
    worklist.save(result, "approved", approve(labels_hash(result.volume.with_array(result.labels)), "Ada"))
    worklist.close(CASE)
    assert worklist.entry(CASE).state is CaseState.APPROVED
    return folder


def _edit_labels(folder):
    path = folder / "labels.nii.gz"
    image = nibabel.load(path)
    labels = np.asarray(image.dataobj).copy()
    labels[70:74, 40:44, 20:24] = 1
    nibabel.save(nibabel.Nifti1Image(labels, image.affine, image.header), path)


def _swap_folder_but_for_the_history(folder):
    """What an older version left that was killed between labels and history."""
    history = (folder / "history.json").read_bytes()
    _edit_labels(folder)
    worklist = the_list(folder.parent.parent)
    worklist.open(CASE)
    worklist.save(corrected_case(worklist), "corrected")
    worklist.close(CASE)
    (folder / "history.json").write_bytes(history)


def _edit_measurements(folder):
    path = folder / "measurements.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["measurements"][0]["value"] += 500
    path.write_text(json.dumps(document), encoding="utf-8")


_CHANGES = {
    "labels edited in another program": _edit_labels,
    "segmentation edited in another program": lambda folder: (folder / "segmentation.seg.nrrd").write_bytes(b"NRRD"),
    "labels deleted": lambda folder: (folder / "labels.nii.gz").unlink(),
    "labels written, history not": _swap_folder_but_for_the_history,
    "numbers edited": _edit_measurements,
}


@pytest.mark.parametrize("change", _CHANGES.values(), ids=_CHANGES)
def test_labels_that_nobody_approved_are_neither_approved_nor_training_data(approved, tmp_path, change):
    change(approved / STATE_FOLDER / CASE)
    worklist = the_list(approved, "2")
    entry = worklist.entry(CASE)
    assert (entry.state, entry.approval) == (CaseState.CHANGED, None)
    assert worklist.names_to_learn_from() == ()
    with pytest.raises(UsageError, match="No case has labels to learn from"):
        export_training_crops(corrected_cases(worklist), tmp_path / "training")
    assert not (tmp_path / "training").exists()


def test_a_corrected_case_that_was_edited_elsewhere_is_no_training_data(approved):
    worklist = the_list(approved)
    worklist.open(CASE)
    worklist.save(corrected_case(worklist), "corrected")
    assert worklist.names_to_learn_from() == (CASE,)
    (approved / STATE_FOLDER / CASE / "labels.nii.gz").write_bytes(b"")
    assert worklist.names_to_learn_from() == ()


def test_labels_edited_elsewhere_are_opened_as_drawn_by_hand_and_can_be_approved_anew(approved):
    _edit_labels(approved / STATE_FOLDER / CASE)
    worklist = the_list(approved)
    worklist.open(CASE)
    written = worklist.labels_of(CASE, worklist.read(CASE), None)
    assert set(written.document.edited_segments) == {segment.key for segment in written.document.segments}
    result = HippocampusCorrector().result_of(worklist.read(CASE), written)
    worklist.save(result, "approved", approve(labels_hash(written.labels), "Ada"))
    assert worklist.entry(CASE).state is CaseState.APPROVED


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are killed as POSIX knows it")
@pytest.mark.slow
def test_a_program_killed_while_it_saves_leaves_one_whole_state(approved, repository, tmp_path):
    killed = tmp_path / "killed"
    environment = {**os.environ, "PYTHONPATH": f"{repository}:{repository / 'Testing'}"}
    script = repository / "Testing" / "review" / "killed_saving.py"
    subprocess.run([sys.executable, str(script), str(approved), str(killed)], env=environment, check=True)
    before = (approved / STATE_FOLDER / CASE / "labels.nii.gz").read_bytes()
    states = []
    for images in sorted(killed.iterdir()):
        worklist = the_list(images, "2")
        seen = worklist.entry(CASE)
        # Between two renames there is nothing to be seen, and so nothing to be trained on.
        assert seen.state in (CaseState.APPROVED, CaseState.CORRECTED, CaseState.TO_DO)
        worklist.open(CASE, take_over=True)
        entry, labels = worklist.entry(CASE), images / STATE_FOLDER / CASE / "labels.nii.gz"
        assert entry.state is (CaseState.APPROVED if labels.read_bytes() == before else CaseState.CORRECTED)
        assert len(entry.history) == (1 if entry.state is CaseState.APPROVED else 2)
        states.append(entry.state)
    assert states[0] is CaseState.APPROVED
    assert states[-1] is CaseState.CORRECTED
    assert len(states) > 8
