"""A PET with few counts in the browser: offered, shown before and after, with marks and regions, and taken away."""

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from chromium import Chromium
from finished_pets import SPOT, build_pet, pet_scan
from made_pet_dicom import SUV_PER_UNIT, write_pet_series
from shown_cases import put_case
from small_scans import write_scan
from visitors import OWN, Visitor

from quantseg.reading.spacing import HEADER_SPACING
from quantseg.results.report_pdf import find_browser
from quantseg.results.writing import write_case
from quantseg.tasks.low_dose_pet.task import TASK
from quantseg.tasks.low_dose_pet.uptake_value import UptakeScale
from quantseg.tasks.registry import TASKS
from quantseg.web import casework, downloading
from quantseg.web.looking import find_case, look_at
from quantseg.web.settings import tasks_of_one_upload

_SCALE = UptakeScale("Bq/ml", 0.5)


def _zip_of_series(folder):
    """Write the scan as a DICOM series of PET, packed, and return the file."""
    write_pet_series(folder / "series", pet_scan().volume)
    return Path(shutil.make_archive(str(folder / "series"), "zip", folder / "series"))


def test_a_dicom_pet_is_offered_to_its_task_alone_and_its_result_goes_as_derived_series(tmp_path):
    path = _zip_of_series(tmp_path)
    found = look_at(path, tasks_of_one_upload(), tmp_path / "pictures")
    (one,) = (one for one in found.series if not one.reason)
    assert one.task == TASK.name
    assert "Only if" not in one.words

    order = casework.CaseOrder(TASKS[TASK.name], path, one.name, tmp_path / "case")
    order.folder.mkdir()
    read = TASK.read(find_case(TASK, path, one.name), HEADER_SPACING)
    write_case(
        build_pet(read.scan, read.scale, one.name), order.folder / casework.RUN_FOLDER, TASK.presenter, report=False
    )
    shown = casework.summarise(order)
    assert shown["only_looked_at"]
    assert shown["images"][0]["unit"] == "g/ml (SUV)"
    assert shown["images"][0]["per_stored"] == pytest.approx(SUV_PER_UNIT)
    assert shown["tables"][0]["heading"] == "Regions before and after"
    assert [row[0] for row in shown["tables"][0]["rows"]][:2] == ["Brain", "Brighter half"]
    assert "g/ml" in shown["marked"]["places"][0]["words"]
    folder = downloading.write_downloads(order, 3, has_dicom=True)
    names = zipfile.ZipFile(folder / downloading.DICOM_FILES).namelist()
    assert sum("/image_" in name for name in names) == 40
    assert {"DRAFT_case3/image.nii.gz", "DRAFT_case3/uncertainty.nii.gz", "DRAFT_case3/report.html"} <= set(
        zipfile.ZipFile(folder / downloading.ALL_FILES).namelist()
    )


def test_of_a_file_that_does_not_say_what_it_is_the_choice_says_for_what_it_is_meant(tmp_path):
    write_scan(tmp_path / "image.nii.gz")
    tasks = {name: TASKS[name] for name in (TASK.name, "hippocampus")}
    words = {one.task: one.words for one in look_at(tmp_path / "image.nii.gz", tasks, tmp_path / "pictures").series}
    assert "Only if it is PET" in words[TASK.name]
    assert "Only if" not in words["hippocampus"]


@pytest.fixture(scope="module")
def case(served):
    served.platform.settings.tasks[TASK.name] = TASKS[TASK.name]
    yield put_case(served, OWN, TASK.name, build_pet(scale=_SCALE))
    del served.platform.settings.tasks[TASK.name]


def test_images_of_a_result_are_given_to_who_may_see_it_and_no_other_file_is(served, case, editor):
    image = editor.api("GET", f"/cases/{case}/images/difference")
    assert image.content == (served.platform.settings.cases / case / "run" / "image" / "difference.nii.gz").read_bytes()
    for name in ("measurements", "..%2Frun%2Fimage%2Fimage", "None", "labels"):
        assert editor.api("GET", f"/cases/{case}/images/{name}").status_code == 404, name
    assert Visitor(served.address).get(f"/api/v1/cases/{case}/images/image").status_code == 401


_SHOWN = """
(() => {
  const { viewer } = document.getElementById("viewer"), { niivue } = viewer.screen;
  const index = viewer.space.index(viewer.screen.voxel), tile = viewer.screen.tiles[0];
  const box = tile.getBoundingClientRect();
  const mark = tile.querySelector(".ring g circle"), place = (name) => Number(mark.getAttribute(name));
  const at = mark && { clientX: box.left + place("cx"), clientY: box.top + place("cy") };
  return JSON.stringify({
    drawn: niivue.volumes[0].img[index], window: [niivue.volumes[0].cal_min, niivue.volumes[0].cal_max],
    chosen: document.querySelector('#images [aria-pressed="true"]').textContent,
    here: document.getElementById("here").textContent,
    scale: document.getElementById("scale").textContent.trim(), low: document.getElementById("low").value,
    marked: at && viewer.space.storedAt(viewer.screen.voxelUnder(0, at).map(Math.round)),
    solid: !document.querySelector('[data-plane="3d"]').hidden,
  });
})()
"""


@pytest.mark.slow
@pytest.mark.skipif(find_browser() is None, reason="there is no Chromium here; run: apt-get install chromium")
def test_before_after_difference_and_uncertainty_are_shown_in_uptake_values_and_marks_lead_there(served, case, editor):
    result = build_pet(scale=_SCALE)
    stored = {one.name: one.array for one in result.outputs} | {None: result.volume.array}
    with Chromium((1366, 768)) as browser:
        for cookie in editor.browser.cookies.jar:
            browser.call("Network.setCookie", url=served.address, name=cookie.name, value=cookie.value, httpOnly=True)
        browser.open(f"{served.address}/cases/{case}")
        browser.wait("document.getElementById('viewer')?.dataset.ready === 'yes'")
        browser.evaluate("document.querySelector('.jump').click()")
        browser.wait("document.querySelector('.tile .ring g circle') !== null")
        first = json.loads(browser.evaluate(_SHOWN))
        assert first["chosen"] == "After"
        assert not first["solid"]
        said = browser.evaluate("document.getElementById('viewer').textContent")
        assert "there is nothing to paint" in said
        assert "1 to 4 choose an image" in said
        assert "Enter paints" not in said
        assert browser.evaluate("document.getElementById('correct')") is None
        for number, (name, title) in enumerate(
            ((None, "Before"), ("image", "After"), ("difference", "Difference"), ("uncertainty", "Uncertainty"))
        ):
            browser.evaluate("document.querySelector('.tile').focus()")
            browser.press(str(number + 1))
            browser.wait(f"document.querySelector('#images [aria-pressed=\"true\"]').textContent === '{title}'")
            shown = json.loads(browser.evaluate(_SHOWN))
            value = stored[name][SPOT]
            assert shown["drawn"] == pytest.approx(float(value), rel=1e-5)
            assert f"{title.lower()} {_SCALE.suv_per_unit * float(value):.4g} g/ml (SUV)" in shown["here"]
            assert shown["scale"].endswith("g/ml (SUV)")
            assert (shown["window"][0] == -shown["window"][1]) == (title == "Difference")
            assert np.abs(np.subtract(shown["marked"], SPOT)).max() <= 1
        # What is compared keeps one window.
        browser.evaluate("document.querySelectorAll('#images button')[0].click()")
        browser.evaluate("document.getElementById('low').value = '2'")
        browser.evaluate("document.getElementById('low').dispatchEvent(new Event('change'))")
        browser.evaluate("document.querySelectorAll('#images button')[1].click()")
        shown = json.loads(browser.evaluate(_SHOWN))
        assert shown["low"] == "2"
        assert shown["window"][0] == pytest.approx(2 / _SCALE.suv_per_unit)
        assert "After: PET estimated from" in browser.evaluate("document.getElementById('viewer').textContent")
        # White below black is no window, nor are words.
        for typed in ("40", "abc"):
            browser.evaluate(f"document.getElementById('low').value = '{typed}'")
            browser.evaluate("document.getElementById('low').dispatchEvent(new Event('change'))")
            low, high = (browser.evaluate(f"document.getElementById('{one}').value") for one in ("low", "high"))
            assert low == "40"
            assert float(high) > 40
        assert browser.said == []
        browser.call("Network.enable")
        browser.call("Network.setBlockedURLs", urls=["*/images/*"])
        browser.open(f"{served.address}/cases/{case}")
        browser.wait("document.getElementById('viewer')?.dataset.ready === 'yes'")
        assert "After cannot be shown" in browser.evaluate("document.getElementById('shown').textContent")
        assert json.loads(browser.evaluate(_SHOWN))["chosen"] == "Before"
