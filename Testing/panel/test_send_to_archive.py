"""*Send to archive*: offered for approved images from DICOM alone; new objects go, and supersede the machine's."""

import shutil
from pathlib import Path

import pydicom
import pytest
from dicom_sources import COMPLETE
from made_dicom import study_fields, write_series
from test_panel import a_segmented_head

from quantseg.node import sending
from quantseg.review import archive_objects

__all__ = ["a_segmented_head"]


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
def from_dicom(a_segmented_head, tmp_path, monkeypatch):
    """The panel, whose image Slicer took from a series in its database; and what was sent."""
    panel = a_segmented_head
    case = panel.currentCase()
    volume = case.result("head", None).volume
    said = {**study_fields(float(volume.spacing_mm[2])), **COMPLETE}
    files = write_series(tmp_path / "dicom", volume, **said)
    uids = " ".join(pydicom.dcmread(path).SOPInstanceUID for path in files)
    case.volume_node.SetAttribute("DICOM.instanceUIDs", uids)
    import slicer

    monkeypatch.setattr(slicer, "dicomDatabase", Database(files), raising=False)
    monkeypatch.setattr(archive_objects, "find_browser", lambda: None)
    settings = tmp_path / "archive.toml"
    settings.write_text('[dicomweb]\nurl = "https://pacs.example/dicom-web"\n', encoding="utf-8")
    monkeypatch.setenv("QUANTSEG_ARCHIVE", str(settings))
    sent = tmp_path / "sent"
    sent.mkdir()

    def keep(paths, _destination):
        for path in paths:
            shutil.copy(path, sent)

    # Testing/node sends to a real archive.
    monkeypatch.setattr(sending, "send_objects", keep)
    return panel, sent


def _approve(panel):
    panel.ui.reviewerLineEdit.setText("MD ab")
    panel.ui.approveButton.click()


def test_what_was_approved_is_sent_and_says_by_whom(from_dicom):
    panel, sent = from_dicom
    assert not panel.ui.sendButton.isEnabled()
    _approve(panel)
    assert panel.ui.sendButton.isEnabled()
    panel.ui.sendButton.click()
    found = {pydicom.dcmread(path).Modality: pydicom.dcmread(path) for path in sent.iterdir()}
    assert {"SEG", "SR"} <= set(found)
    assert found["SR"].VerificationFlag == "VERIFIED"
    assert found["SEG"].ContentCreatorName == "ab^MD"
    assert all(one.PatientID == COMPLETE["PatientID"] for one in found.values())
    assert "Sent to the archive" in panel.ui.approvalLabel.text()


def test_an_image_from_elsewhere_is_not_offered_to_an_archive(a_segmented_head):
    _approve(a_segmented_head)
    assert not a_segmented_head.ui.sendButton.isEnabled()


def test_without_an_archive_the_file_that_names_one_is_said(from_dicom, monkeypatch, tmp_path):
    panel, sent = from_dicom
    said = []
    monkeypatch.setattr(panel, "showError", lambda error: said.append(str(error)))
    monkeypatch.setenv("QUANTSEG_ARCHIVE", str(tmp_path / "none.toml"))
    _approve(panel)
    panel.ui.sendButton.click()
    assert str(tmp_path / "none.toml") in said[0]
    assert list(sent.iterdir()) == []


def test_the_folder_of_what_was_sent_is_gone(from_dicom, monkeypatch, tmp_path):
    import tempfile

    panel, _ = from_dicom
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    _approve(panel)
    panel.ui.sendButton.click()
    assert list(Path(tmp_path / "temporary").iterdir()) == []
