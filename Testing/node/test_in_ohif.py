"""What OHIF shows of a study's results, in a real Chromium: outlines at the right place and phase, report, numbers.

The viewer is npm's package of 50 MB. It is not fetched for the tests; they run where ``QUANTSEG_OHIF`` names it::

    npm pack @ohif/app@3.13.2
    QUANTSEG_OHIF=ohif-app-3.13.2.tgz .venv/bin/python -m pytest Testing/node/test_in_ohif.py
"""

import dataclasses
import json
import os
from pathlib import Path

import numpy as np
import pydicom
import pytest
from chromium import Chromium
from dicom_sources import finished_head, write_head
from finished_hearts import build_heart
from heart_phantom import phantom_affine, phantom_image, phantom_labels
from made_cines import write_dicom_cine
from made_dicom import study_fields, write_series
from ohif_window import OhifWindow, as_drawn, colourful, dice
from orthanc_server import orthanc_in

from quantseg.dicom.case_objects import CaseObjects
from quantseg.mrml.segmentation_writers import WriterHere
from quantseg.node.ohif import VERSION, get_ohif
from quantseg.node.viewer_server import ViewerServer, study_address
from quantseg.reading.spacing import HEADER_SPACING
from quantseg.results.writing import write_case
from quantseg.tasks.heart.task import TASK as HEART
from quantseg.tasks.hippocampus.task import TASK as HIPPOCAMPUS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        "QUANTSEG_OHIF" not in os.environ,
        reason=f"QUANTSEG_OHIF names no package of OHIF; fetch one: npm pack @ohif/app@{VERSION}",
    ),
]
_SAME_PLACE = 0.9
"""Dice of what is drawn and of the label: edges are a pixel of the screen apart."""


@pytest.fixture(scope="module")
def viewer(tmp_path_factory):
    """Folder of the built viewer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUANTSEG_HOME", str(tmp_path_factory.mktemp("home")))
        yield get_ohif(Path(os.environ["QUANTSEG_OHIF"]))


@pytest.fixture
def shown(own_network, viewer, tmp_path):  # noqa: ARG001
    """Stores files in an archive and opens their study."""
    archive = orthanc_in(tmp_path / "orthanc")
    archive.start()
    server = ViewerServer(viewer, archive.http_port, archive.authorization, "test")
    server.start()
    with Chromium() as browser:
        window = OhifWindow(browser, tmp_path)

        def show(files, with_report=True):
            headers = [pydicom.dcmread(path, stop_before_pixels=True) for path in files]
            for path in files:
                archive.store(path)
            address = study_address(server.url, headers[0].StudyInstanceUID)
            series = len({header.SeriesInstanceUID for header in headers})
            window.open(address if with_report else address.partition("&")[0], series)
            return window

        yield show
    server.stop()
    archive.kill()


@pytest.fixture(scope="module")
def head(tmp_path_factory):
    """Files of a study with its results, the case, and the folder of the results."""
    place = tmp_path_factory.mktemp("head")
    files = write_head(place / "dicom")
    case, result = finished_head(place / "dicom")
    objects = CaseObjects(result, HIPPOCAMPUS.presenter, HIPPOCAMPUS.slices_of(case))
    folder = write_case(result, place / "out", HIPPOCAMPUS.presenter, beside=objects.write, writer=_NoWriter()).folder
    return [*files, *sorted(folder.glob("*.dcm"))], result, folder


class _NoWriter(WriterHere):
    """Stands in for Slicer."""

    def missing(self):
        return "not wanted"


def test_segments_lie_where_the_labels_are_and_the_report_stands_beside(head, shown):
    files, result, folder = head
    window = shown(files)
    picture = window.wait_for_colours("head")
    planes = result.labels.transpose(2, 1, 0)
    fullest = planes[np.argmax((planes > 0).sum(axis=(1, 2)))]
    assert dice(colourful(picture), as_drawn(fullest > 0, picture.shape[:2])) > _SAME_PLACE
    for segment in result.segments:
        expected = as_drawn(fullest == segment.value, picture.shape[:2])
        if expected.any():
            seen = np.median(picture[expected], axis=0)
            assert np.argmax(seen) == np.argmax(segment.colour), segment.name
    content = window.browser.wait(
        "(async () => { const found = document.querySelector('object[type=\"application/pdf\"]');"
        " if (!found) return ''; const bytes = await (await fetch(found.data)).arrayBuffer();"
        " return Array.from(new Uint8Array(bytes)).map(one => one.toString(16).padStart(2, '0')).join(''); })()"
    )
    assert bytes.fromhex(content).startswith((folder / "report.pdf").read_bytes())


def test_the_structured_report_shows_its_volumes_as_text(head, shown):
    files, _, folder = head
    window = shown(files, with_report=False)
    window.open_series("measurements")
    window.browser.wait("document.body.innerText.includes('Imaging Measurements')")
    text = window.text()
    window.browser.screenshot(window.folder / "text.png")
    document = json.loads((folder / "measurements.json").read_text(encoding="utf-8"))
    volumes = [one["value"] for one in document["measurements"] if one["key"] == "volume"]
    assert len(volumes) == 6
    for volume in volumes:
        assert f"{volume:g} mm3" in text


@pytest.fixture(scope="module")
def heart(tmp_path_factory):
    place = tmp_path_factory.mktemp("heart")
    times = [0, 4, 7]
    frames = phantom_image()[times]
    fields = {**study_fields(8), "ScanOptions": "CG"}
    write_dicom_cine(
        write_series, place / "dicom", frames, phantom_affine(), times_ms=[0, 200, 400], PatientPosition="HFS", **fields
    )
    (case,) = HEART.find([place / "dicom"])
    cine = HEART.read(case, HEADER_SPACING)
    found = build_heart(phantom_labels()[times])
    labels = found.labels if np.array_equal(frames, cine.frames) else found.labels[..., ::-1]
    result = dataclasses.replace(found.with_label_map(array=labels), name=case.name, scan=cine)
    objects = CaseObjects(result, HEART.presenter, HEART.slices_of(case), print_pdf=False)
    folder = write_case(result, place / "out", HEART.presenter, beside=objects.write, writer=_NoWriter()).folder
    return [*sorted((place / "dicom").iterdir()), *sorted(folder.glob("*.dcm"))], result


@pytest.mark.parametrize("phase", ["ED", "ES"])
def test_a_segmentation_lies_on_its_own_phase_of_a_cine(heart, shown, phase):
    files, result = heart
    window = shown(files, with_report=False)
    window.open_series(f"{phase} segmentation")
    picture = window.wait_for_colours(f"heart_{phase}")
    assert f"{phase} images" in window.text()
    # Which slice is shown, and how it is turned in its plane, is OHIF's own choice of a cine.
    shown_slice = window.instance_number() - 1
    pixels = (min(picture.shape[:2]) / result.labels.shape[1]) ** 2
    drawn = np.count_nonzero(colourful(picture)) / pixels
    other = next(name for name in result.phases if name != phase)
    own, others = (np.count_nonzero(result.labels[result.phases[one]][..., shown_slice]) for one in (phase, other))
    assert drawn == pytest.approx(own, rel=0.06)
    assert drawn != pytest.approx(others, rel=0.12)
