"""A folder of images that two people go through."""

import dataclasses
import json

import nibabel
import numpy as np
import pytest

from quantseg.errors import InputRefused, UsageError
from quantseg.reading import read_scan
from quantseg.reading.content_hash import case_content_hash
from quantseg.results.writing import write_case
from quantseg.review.approval import approve, labels_hash
from quantseg.review.worklist import CaseState, Worklist, open_worklist
from quantseg.tasks.hippocampus.correcting import corrected, drawn_by_hand
from quantseg.tasks.hippocampus.review.corrector import HippocampusCorrector
from quantseg.tasks.hippocampus.review.training_data import CorrectedCase, corrected_cases, export_training_crops
from quantseg.training.decathlon import list_cases, read_image, read_labels


@pytest.fixture
def a_folder(tmp_path, a_head_result):
    """Two heads, the second left-handed."""
    folder = tmp_path / "images"
    (folder / "sub-02").mkdir(parents=True)
    volume = a_head_result.volume
    nibabel.save(nibabel.Nifti1Image(volume.array, volume.affine), folder / "first.nii.gz")
    flip = np.diag([-1.0, 1.0, 1.0, 1.0])
    flip[0, 3] = volume.array.shape[0] - 1
    nibabel.save(nibabel.Nifti1Image(volume.array[::-1].copy(), volume.affine @ flip), folder / "sub-02" / "T1.nii.gz")
    return folder


def the_list(folder, reviewer="Ada", session="1") -> Worklist:
    return open_worklist(folder, reviewer, session, HippocampusCorrector())


@pytest.fixture
def named(a_head_result):
    """The finished head under the name of a case of the list, on that case's own grid."""

    def build(worklist, name, labels=None):
        scan = read_scan(worklist.entry(name).case)
        own = a_head_result.labels if scan.volume.affine[0, 0] > 0 else a_head_result.labels[::-1].copy()
        return dataclasses.replace(
            a_head_result.with_label_map(array=own if labels is None else labels), name=name, scan=scan
        )

    return build


def test_list_begins_with_nothing_done(a_folder):
    worklist = the_list(a_folder)
    assert worklist.names == ("first", "sub-02__T1")
    assert worklist.entry("first").state is CaseState.TO_DO
    assert worklist.entry("first").history == ()


def test_case_goes_through_its_states_and_keeps_who_did_what(a_folder, named):
    worklist = the_list(a_folder)
    worklist.open("first")
    result = named(worklist, "first")
    worklist.save(result, "segmented")
    assert worklist.entry("first").state is CaseState.DOUBTFUL
    assert worklist.entry("first").headline == "left 3120 + right 3656 mm³"
    assert worklist.entry("first").verdict == "look"
    changed = result.labels.copy()
    changed[70:74, 40:44, 20:24] = 1
    by_hand = corrected(result, changed, ["left_anterior"])
    worklist.save(by_hand, "corrected")
    assert worklist.entry("first").state is CaseState.CORRECTED
    approval = approve(labels_hash(by_hand.volume.with_array(changed)), "Ada")
    worklist.save(by_hand, "approved", approval)
    entry = the_list(a_folder, "Grace", "2").entry("first")
    assert entry.state is CaseState.APPROVED
    assert [(event.who, event.what) for event in entry.history] == [
        ("Ada", "segmented"),
        ("Ada", "corrected"),
        ("Ada", "approved"),
    ]
    assert entry.approval == approval
    kept = worklist.labels_of("first", result.scan, None)
    assert np.array_equal(kept.labels.array, changed)
    assert kept.document.edited_segments == ("left_anterior",)


def test_a_whole_head_names_the_model_that_made_its_labels_in_every_file(a_folder, named):
    """Not the first one, nor the one whose name begins as the task's does."""
    worklist = the_list(a_folder)
    worklist.open("first")
    result = named(worklist, "first")
    assert [model.name for model in result.models] == ["head-localiser", "hippocampus-close-up", "hippocampus"]
    worklist.save(result, f"segmented by {result.algorithm}")
    folder = worklist.result_folder("first")
    header = (folder / "segmentation.seg.nrrd").read_bytes().partition(b"\n\n")[0].decode()
    assert header.count("QuantSeg hippocampus 1.2.0") == len(result.segments)
    assert "close-up" not in header
    assert "localiser" not in header
    assert json.loads((folder / "measurements.json").read_text(encoding="utf-8"))["made_by"] == "hippocampus"
    assert worklist.labels_of("first", result.scan, None).document.algorithm == "QuantSeg hippocampus 1.2.0"
    assert worklist.entry("first").history[-1].what == "segmented by QuantSeg hippocampus 1.2.0"


def test_own_files_are_not_taken_for_images(a_folder, named):
    worklist = the_list(a_folder)
    worklist.open("first")
    worklist.save(named(worklist, "first"), "segmented")
    assert the_list(a_folder).names == ("first", "sub-02__T1")


def test_two_people_do_not_overwrite_each_other(a_folder, named):
    ada, grace = the_list(a_folder), the_list(a_folder, "Grace", "2")
    ada.open("first")
    with pytest.raises(UsageError, match="Ada works on this case"):
        grace.open("first")
    with pytest.raises(UsageError, match="no longer yours"):
        grace.save(named(grace, "first"), "corrected")
    assert grace.entry("first").state is CaseState.TO_DO
    assert grace.holder("first") == "Ada"
    grace.open("sub-02__T1")
    grace.save(named(grace, "sub-02__T1"), "segmented")
    ada.close("first")
    grace.open("first")


def test_neighbours_end_at_both_ends(a_folder):
    worklist = the_list(a_folder)
    assert worklist.next_name(None, 1) == "first"
    assert worklist.next_name("first", 1) == "sub-02__T1"
    assert worklist.next_name("sub-02__T1", 1) is None
    assert worklist.next_name("first", -1) is None


def test_labels_that_exist_already_are_taken_as_drawn_by_hand(a_folder, named, tmp_path):
    worklist = the_list(a_folder)
    result = named(worklist, "first")
    labels = tmp_path / "labels"
    labels.mkdir()
    nibabel.save(nibabel.Nifti1Image(result.labels, result.volume.affine), labels / "first.nii.gz")
    written = worklist.labels_of("first", result.scan, labels)
    assert np.array_equal(written.labels.array, result.labels)
    assert written.document.models == ()
    volumes = {m.region: m.value for m in written.document.measurements if m.key == "volume"}
    assert volumes["left"] == pytest.approx(3120)
    assert worklist.labels_of("sub-02__T1", result.scan, labels) is None


def test_labels_on_another_grid_or_with_unknown_values_are_refused(a_folder, named, tmp_path):
    worklist = the_list(a_folder)
    result = named(worklist, "first")
    nibabel.save(nibabel.Nifti1Image(result.labels, np.eye(4)), tmp_path / "first.nii.gz")
    with pytest.raises(InputRefused, match="another grid"):
        worklist.labels_of("first", result.scan, tmp_path)
    wrong = result.labels * 50
    nibabel.save(nibabel.Nifti1Image(wrong, result.volume.affine), tmp_path / "first.nii.gz")
    with pytest.raises(InputRefused, match="labels go up to 200"):
        worklist.labels_of("first", result.scan, tmp_path)


def test_labels_that_nothing_checked_have_no_verdict(a_folder, named):
    worklist = the_list(a_folder)
    worklist.open("first")
    result = named(worklist, "first")
    worklist.save(drawn_by_hand("first", result.scan, result.labels), "taken over")
    assert worklist.entry("first").state is CaseState.CORRECTED
    assert worklist.entry("first").verdict == ""


def test_training_crops_map_back_voxel_by_voxel(a_folder, named, tmp_path):
    """A head gives one crop a side, 1/2 in the left hippocampus's handedness, both under one patient."""
    worklist = the_list(a_folder)
    for name in worklist.names:
        worklist.open(name)
        result = named(worklist, name)
        worklist.save(corrected(result, result.labels, ["left_anterior"]), "corrected")
    data = tmp_path / "data"
    entries = export_training_crops(corrected_cases(worklist), data)
    assert [(e["case"], e["side"], e["patient"]) for e in entries] == [
        ("first", "left", "first"),
        ("first", "right", "first"),
        ("sub-02__T1", "left", "sub-02"),
        ("sub-02__T1", "right", "sub-02"),
    ]
    for name in worklist.names:
        result = named(worklist, name)
        rebuilt = np.zeros(result.labels.shape, np.uint8)
        for entry in (e for e in entries if e["case"] == name):
            crop = np.asarray(nibabel.load(data / entry["label"]).dataobj).astype(np.uint8)
            image = np.asarray(nibabel.load(data / entry["image"]).dataobj)
            box = tuple(slice(a, a + n) for a, n in zip(entry["start"], crop.shape, strict=True))
            assert np.array_equal(image, result.volume.array[box])
            rebuilt[box][crop > 0] = crop[crop > 0] + (2 if entry["side"] == "right" else 0)
        assert np.array_equal(rebuilt, result.labels)


def test_training_reads_the_crops_as_it_reads_the_decathlons(a_folder, named, tmp_path):
    worklist = the_list(a_folder)
    result = named(worklist, "first")
    export_training_crops([CorrectedCase(result, "p")], tmp_path / "data")
    left, right = list_cases(tmp_path / "data")
    assert (left.patient, right.patient) == ("p", "p")
    outer = []
    for case in (left, right):
        labels, image = read_labels(case.labels), read_image(case.image)
        assert labels.shape == image.shape
        assert set(np.unique(labels)) == {0, 1, 2}
        anterior, posterior = (np.argwhere(labels == value).mean(axis=0) for value in (1, 2))
        assert anterior[1] > posterior[1]
        outer.append(nibabel.load(case.image).affine[:3, 3] @ [1, 0, 0])
    # Both lie on the left of the space that they are stored in: a right one mirrored.
    for case in (left, right):
        image = nibabel.load(case.image)
        centre = nibabel.affines.apply_affine(image.affine, np.array(image.shape) / 2)
        assert centre[0] < 0


def test_scans_of_another_spacing_are_refused_for_training(a_head_result, tmp_path):
    import dataclasses

    from quantseg.reading.scan import ImageFormat, Scan
    from quantseg.volume import Volume

    affine = a_head_result.volume.affine @ np.diag([0.8, 0.8, 0.8, 1])
    scan = Scan(Volume(a_head_result.volume.array, affine), ImageFormat.NIFTI)
    with pytest.raises(UsageError, match=r"0\.80 x 0\.80 x 0\.80 mm"):
        export_training_crops([CorrectedCase(dataclasses.replace(a_head_result, scan=scan), "p")], tmp_path)


def _put_another_image_in_its_place(path):
    image = nibabel.load(path)
    nibabel.save(nibabel.Nifti1Image(np.asarray(image.dataobj)[:, ::-1].copy(), image.affine), path)


@pytest.mark.parametrize("made_by", ["the list", "the command"])
def test_labels_are_not_opened_with_another_image_of_that_name(a_folder, named, tmp_path, made_by):
    worklist, elsewhere = the_list(a_folder), None
    result = named(worklist, "first")
    if made_by == "the list":
        worklist.open("first")
        worklist.save(result, "segmented")
        worklist.close("first")
    else:
        elsewhere = tmp_path / "command"
        content = case_content_hash(worklist.entry("first").case)
        write_case(
            dataclasses.replace(result, facts={**result.facts, "input_hash": content}),
            elsewhere,
            HippocampusCorrector.presenter,
            report=False,
        )
    again = the_list(a_folder)
    assert again.labels_of("first", again.read("first"), elsewhere) is not None
    _put_another_image_in_its_place(a_folder / "first.nii.gz")
    later = the_list(a_folder)
    with pytest.raises(UsageError, match=r"made of another image than first\.nii\.gz is now"):
        later.labels_of("first", later.read("first"), elsewhere)
