"""*Send to archive*: offered for approved images from DICOM alone; new objects arrive, and supersede the machine's."""

import dataclasses
import json
import sys
import tempfile

import numpy as np
import pydicom
import pytest
from dicom_sources import COMPLETE
from made_cines import write_dicom_cine
from made_dicom import study_fields, write_series
from orthanc_server import own_network, shared_orthanc
from slicer_standins.desktop import until
from test_heart_panel import a_heart_panel, a_home, a_segmented_heart, heart
from test_panel import a_segmented_head

__all__ = [
    "a_heart_panel",
    "a_home",
    "a_segmented_head",
    "a_segmented_heart",
    "heart",
    "own_network",
    "shared_orthanc",
]


class Database:
    """Stands in for Slicer's DICOM database: files by what their headers say."""

    def __init__(self, files):
        self._headers = {path: pydicom.dcmread(path, stop_before_pixels=True) for path in map(str, files)}

    def fileForInstance(self, uid):
        return next((path for path, one in self._headers.items() if one.SOPInstanceUID == uid), "")

    def fileValue(self, file, tag):
        found = self._headers[file].get_item("".join(tag.split(",")))
        return "" if found is None else str(self._headers[file][found.tag].value)

    def seriesForStudy(self, study):
        return list(dict.fromkeys(h.SeriesInstanceUID for h in self._headers.values() if h.StudyInstanceUID == study))

    def filesForSeries(self, series):
        return [path for path, one in self._headers.items() if one.SeriesInstanceUID == series]


@pytest.fixture
def settings(shared_orthanc, tmp_path, monkeypatch):
    """The file that names a real archive, in which nothing lies yet of what a test sends."""
    for study in shared_orthanc.call("/studies"):
        shared_orthanc.call(f"/studies/{study}", method="DELETE")
    (tmp_path / "password").write_text(shared_orthanc.password, encoding="utf-8")
    path = tmp_path / "archive.toml"
    said = {
        "url": shared_orthanc.dicomweb_url,
        "user": shared_orthanc.user,
        "password_file": str(tmp_path / "password"),
    }
    path.write_text("[dicomweb]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in said.items()), encoding="utf-8")
    monkeypatch.setenv("QUANTSEG_ARCHIVE", str(path))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return path


def _with_own_command(panel, settings):
    """Let what the panel starts find the settings, and no browser: a printed report takes longer than all the rest."""
    engine = panel.logic.engine()
    environment = {**engine.environment, "QUANTSEG_ARCHIVE": str(settings), "PATH": "/usr/bin/none"}
    panel.logic._engine = dataclasses.replace(engine, environment=environment)


@pytest.fixture
def from_dicom(a_segmented_head, settings, tmp_path, monkeypatch):
    """The panel, whose image Slicer took from a series in its database."""
    panel = a_segmented_head
    case = panel.currentCase()
    volume = case.result("head", None).volume
    said = {**study_fields(float(volume.spacing_mm[2])), **COMPLETE}
    files = write_series(tmp_path / "dicom", volume, **said)
    uids = " ".join(pydicom.dcmread(path).SOPInstanceUID for path in files)
    case.volume_node.SetAttribute("DICOM.instanceUIDs", uids)
    import slicer

    monkeypatch.setattr(slicer, "dicomDatabase", Database(files), raising=False)
    _with_own_command(panel, settings)
    return panel


def _approve(panel):
    panel.ui.reviewerLineEdit.setText("MD ab")
    panel.ui.approveButton.click()


def _send(panel):
    """Press the button, and wait until all is over."""
    panel.ui.sendButton.click()
    until(lambda: not panel.approval.sender.isSending, 300)


def _arrived(orthanc):
    return [orthanc.call(f"/instances/{one}/simplified-tags") for one in orthanc.call("/instances")]


def test_what_was_approved_arrives_and_says_by_whom_while_the_panel_is_used(from_dicom, shared_orthanc, tmp_path):
    panel, ui = from_dicom, from_dicom.ui
    assert not ui.sendButton.isEnabled()
    _approve(panel)
    assert ui.sendButton.isEnabled()
    ui.sendButton.click()
    # The process that sends has only just begun.
    assert panel.approval.sender.isSending
    assert not ui.sendButton.isEnabled()
    assert "is being sent" in ui.approvalLabel.text()
    assert shared_orthanc.call("/instances") == []
    until(lambda: not panel.approval.sender.isSending, 300)
    assert ui.statusLabel.text() == ""
    found = {one["Modality"]: one for one in _arrived(shared_orthanc)}
    assert {"SEG", "SR"} <= set(found)
    assert found["SR"]["VerificationFlag"] == "VERIFIED"
    assert found["SEG"]["ContentCreatorName"] == "ab^MD"
    assert {one["PatientID"] for one in found.values()} == {COMPLETE["PatientID"]}
    assert "Sent to the archive" in ui.approvalLabel.text()
    assert ui.sendButton.isEnabled()
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("a warning\nquantseg: The archive did not take it; send again.", "The archive did not take it; send again."),
        ("Traceback of what nobody thought of", "Sending ended with status 3 and without a word; send again."),
    ],
)
def test_what_was_not_taken_is_said_and_nothing_is_called_sent(from_dicom, tmp_path, said, shown):
    """With a stand-in for the command that sends, which ends as that does; Testing/node has archives that refuse."""
    panel, script = from_dicom, tmp_path / "standin.py"
    script.write_text(f"import sys\nprint({said!r}, file=sys.stderr)\nsys.exit(3)\n", encoding="utf-8")
    panel.logic._engine = dataclasses.replace(panel.logic.engine(), command=(sys.executable, str(script)))
    _approve(panel)
    _send(panel)
    assert panel.ui.statusLabel.text() == f"⚠ Head was not sent: {shown}"
    assert "Sent to the archive" not in panel.ui.approvalLabel.text()
    assert panel.ui.sendButton.isEnabled()
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_panel_that_is_unloaded_sends_no_further(from_dicom, tmp_path):
    _approve(from_dicom)
    from_dicom.ui.sendButton.click()
    from_dicom.cleanup()
    assert not from_dicom.approval.sender.isSending
    assert list((tmp_path / "temporary").iterdir()) == []


def test_an_image_from_elsewhere_is_not_offered_to_an_archive(a_segmented_head):
    _approve(a_segmented_head)
    assert not a_segmented_head.ui.sendButton.isEnabled()


def test_without_an_archive_the_file_that_names_one_is_said(from_dicom, monkeypatch, tmp_path, shared_orthanc):
    said = []
    monkeypatch.setattr(from_dicom, "showError", lambda error: said.append(str(error)))
    monkeypatch.setenv("QUANTSEG_ARCHIVE", str(tmp_path / "none.toml"))
    _approve(from_dicom)
    from_dicom.ui.sendButton.click()
    assert str(tmp_path / "none.toml") in said[0]
    assert not from_dicom.approval.sender.isSending
    assert shared_orthanc.call("/instances") == []


def test_of_a_heart_each_frame_goes_on_the_images_of_its_own_phase(
    a_segmented_heart, settings, shared_orthanc, tmp_path, monkeypatch, heart
):
    panel, case = a_segmented_heart, a_segmented_heart.currentCase()
    volumes = case.nodes.volumes()
    times_ms = [100.0 * number for number in range(len(volumes))]
    cine = case.cine()
    fields = {**study_fields(8), **COMPLETE, "ScanOptions": "CG", "PatientPosition": "HFS"}
    folder = tmp_path / "dicom"
    write_dicom_cine(write_series, folder, cine.frames, cine.geometry.affine, times_ms=times_ms, **fields)
    headers = [pydicom.dcmread(path, stop_before_pixels=True) for path in folder.iterdir()]
    for volume, time_ms in zip(volumes, times_ms, strict=True):
        uids = [header.SOPInstanceUID for header in headers if float(header.TriggerTime) == time_ms]
        volume.SetAttribute("DICOM.instanceUIDs", " ".join(uids))
    import slicer

    monkeypatch.setattr(slicer, "dicomDatabase", Database(folder.iterdir()), raising=False)
    _with_own_command(panel, settings)
    _approve(panel)
    assert panel.ui.sendButton.isEnabled()
    _send(panel)
    assert panel.ui.statusLabel.text() == ""
    assert "Sent to the archive" in panel.ui.approvalLabel.text()
    found = _arrived(shared_orthanc)
    segmentations = [one for one in found if one["Modality"] == "SEG"]
    assert sorted(one["ContentDescription"].split()[3] for one in segmentations) == ["ED", "ES"]
    (report,) = (one for one in found if one["Modality"] == "SR")
    assert report["VerificationFlag"] == "VERIFIED"
    # Each lies on copies of the images of its own phase, which went along.
    images = {one["SOPInstanceUID"]: one for one in found if one["Modality"] == "MR"}
    stack = heart.labels.shape[-1]
    assert len(images) == 2 * stack
    for one in segmentations:
        referred = one["ReferencedSeriesSequence"][0]["ReferencedInstanceSequence"]
        phase = one["ContentDescription"].split()[3]
        named = {images[image["ReferencedSOPInstanceUID"]]["SeriesDescription"] for image in referred}
        assert named == {f"APPROVED heart {phase} images, QuantSeg, research use only"}
    assert np.count_nonzero(heart.labels) > 0
