"""A person's way in a real Chromium: log in, send DICOM, choose, run, read; the policy forbids nothing of it."""

import base64
import json
import os
from pathlib import Path

import numpy as np
import pytest
from chromium import Chromium
from made_dicom import study_fields, write_series
from visitors import OWN, PASSWORD

from quantseg.jobs.database import begin_to_write
from quantseg.results.report_pdf import find_browser
from quantseg.volume import Volume
from quantseg.web import accounts
from quantseg.web.roles import Role

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_browser() is None, reason="there is no Chromium here; run: apt-get install chromium"),
]
_DROP = """
(() => {
  const files = %s, carried = new DataTransfer();
  for (const [name, text] of files) {
    carried.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name, { lastModified: 1000 }));
  }
  const input = document.getElementById("files");
  input.files = carried.files;
  input.dispatchEvent(new Event("change"));
})()
"""


@pytest.fixture
def browser():
    with Chromium((1366, 768)) as browser:
        yield browser


def _fill(browser, **values):
    for name, value in values.items():
        browser.evaluate(f"document.querySelector('[name={name}]').value = {json.dumps(value)}")
    browser.evaluate("document.querySelector('main form').requestSubmit(document.querySelector('main form button'))")


def _at(browser, path):
    browser.wait(f"location.pathname === {json.dumps(path)} && document.readyState === 'complete'")


def _shoot(browser, name):
    """Keep a picture where the environment says, for a person to look at."""
    folder = os.environ.get("QUANTSEG_SCREENSHOTS")
    if folder:
        browser.screenshot(Path(folder) / f"{name}.png")


def test_from_the_link_to_a_result(browser, served, tmp_path):
    with begin_to_write(served.platform.engine) as connection:
        user = accounts.add_user(connection, "browsing", "Dr Browsing", Role.APPROVER, [served.groups[OWN]])
        link = accounts.new_link(connection, user, 600)
    browser.open(f"{served.address}/welcome/{link}")
    browser.wait("document.querySelector('[name=again]') !== null")
    _fill(browser, password=PASSWORD, again=PASSWORD)
    _at(browser, "/cases")

    array = np.random.default_rng(0).uniform(1, 90, (18, 26, 14)).astype(np.int16)
    array[5:12, 6:20, 4:10] += 60
    paths = write_series(
        tmp_path / "dicom", Volume(array, np.eye(4)), PatientID="B 1", PatientName="Browsed^Name", **study_fields(1.0)
    )
    files = [[path.name, base64.b64encode(path.read_bytes()).decode()] for path in paths]
    browser.open(f"{served.address}/send")
    browser.wait("document.getElementById('files') !== null && document.readyState === 'complete'")
    browser.evaluate("document.getElementById('patient_id').value = 'Typed 1'")
    browser.evaluate(_DROP % json.dumps(files))
    browser.wait(
        "document.querySelector('#progress a') !== null || document.querySelector('#progress .refusal') !== null"
    )
    assert browser.evaluate("document.querySelector('#progress .refusal')?.textContent ?? ''") == ""
    # What was typed is said with the images that it was typed for, and holds for no others.
    assert "(Typed 1)" in browser.evaluate("document.querySelector('#progress a').textContent")
    assert browser.evaluate("document.getElementById('patient_id').value") == ""
    _shoot(browser, "send")
    browser.evaluate("document.querySelector('#progress a').click()")
    browser.wait("document.querySelector('[name=series]') !== null")
    assert "Browsed Name · B 1" in browser.evaluate("document.body.textContent")
    assert "18 × 26 × 14 voxels" in browser.evaluate("document.body.textContent")
    assert browser.wait("document.querySelector('.choice img').naturalWidth") > 0
    _shoot(browser, "choose")
    browser.evaluate("document.querySelector('main form button').click()")
    browser.wait("location.pathname.startsWith('/cases/')")
    browser.wait("document.querySelector('main form.stack button') !== null")
    browser.evaluate("document.querySelector('main form.stack button').click()")
    # The page follows the run by itself.
    browser.wait("document.querySelector('#measurements') !== null", 400)
    assert "anterior" in browser.evaluate("document.querySelector('.headline').textContent")
    assert browser.wait("document.getElementById('viewer').dataset.ready") == "yes"
    _shoot(browser, "case")
    assert browser.said == []
