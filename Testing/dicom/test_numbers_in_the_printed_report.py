"""The printed report shows the volumes that segmentation, structured report and ``measurements.json`` hold."""

import json
import shutil
import subprocess
import sys

import highdicom
import numpy as np
import pydicom
import pytest
from dicom_sources import finished_head, write_head
from structured_content import groups_of
from test_objects_of_a_case import written

from quantseg.results.report_pdf import find_browser

_VOLUME = "118565006"


@pytest.fixture(scope="module")
def printed_case(tmp_path_factory):
    """Folder of a head's objects, and its result."""
    if find_browser() is None:
        pytest.skip("No browser prints the report here; install Chromium, Chrome or Edge")
    place = tmp_path_factory.mktemp("printed")
    write_head(place / "dicom")
    case, result = finished_head(place / "dicom")
    return written(place / "out", case, result, print_pdf=True)[0], result


def _text_of(path) -> str:
    """Return what a reader of the PDF object sees, as another program finds it."""
    if shutil.which("pdftotext") is None and sys.platform != "linux":
        pytest.skip("pdftotext, which reads the PDF, is a package of Linux distributions")
    found = pydicom.dcmread(path)
    document = found.EncapsulatedDocument[: found.EncapsulatedDocumentLength]
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=document, capture_output=True, check=True)
    return done.stdout.decode()


@pytest.mark.slow
def test_volumes_are_the_same_in_all_four(printed_case):
    folder, result = printed_case
    rows = {
        words[0].lower(): [word for word in words if word.isdecimal()]
        for line in _text_of(folder / "report.dcm").splitlines()
        if (words := line.split()) and words[0] in ("Anterior", "Posterior", "Total")
    }
    document = json.loads((folder / "measurements.json").read_text(encoding="utf-8"))
    stored = {one["region"]: one for one in document["measurements"] if one["key"] == "volume"}
    reported = {
        (group.name.lower().removesuffix(" hippocampus").replace(" ", "_")): group.numbers[_VOLUME]
        for group in groups_of(folder / "measurements.dcm")
        if _VOLUME in group.numbers
    }
    segmentation = highdicom.seg.segread(folder / "segmentation.dcm")
    voxel_mm3 = abs(np.linalg.det(result.volume.affine[:3, :3]))
    drawn = {
        segment.key: np.count_nonzero(segmentation.get_volume(segment_numbers=[number]).array) * voxel_mm3
        for number in segmentation.segment_numbers
        for segment in result.segments
        if segment.name == segmentation.get_segment_description(number).segment_label
    }
    assert len(drawn) == 4
    for part, volumes in rows.items():
        # The other columns are intervals, and numbers with decimals.
        for side, printed in zip(("left", "right"), volumes, strict=True):
            key = side if part == "total" else f"{side}_{part}"
            value = stored[key]["value"]
            assert printed == f"{value:.0f}", key
            assert reported[key] == value
            if part != "total":
                assert drawn[key] == pytest.approx(value, abs=0.05)
    assert set(rows) == {"anterior", "posterior", "total"}
