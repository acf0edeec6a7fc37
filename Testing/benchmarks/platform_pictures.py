"""Take the pictures of the platform that README and its page show, from real results in a real Chromium.

    PYTHONPATH=Testing:Testing/web python Testing/benchmarks/platform_pictures.py -o Resources/Screenshots

The heart is corrected for its picture: muscle is painted at the lateral wall. The volume before and after is printed.
"""

from __future__ import annotations

import argparse
import dataclasses
import tempfile
from pathlib import Path
from types import SimpleNamespace

from chromium import Chromium
from PIL import Image
from served import answering
from shown_cases import put_case
from visitors import PASSWORD, Visitor

from quantseg.inference.model_store import ModelStore
from quantseg.jobs.database import begin_to_write
from quantseg.measure.steps import Steps
from quantseg.reading.spacing import SpacingChoice
from quantseg.resources import resources_folder
from quantseg.tasks.registry import find_task
from quantseg.web import accounts
from quantseg.web.roles import Role
from quantseg.web.serving import at_work
from quantseg.web.settings import Settings

_SIZE = 1366, 768
_QUALITY = 82
_SAMPLES = {"hippocampus": "head_t1.nii.gz", "heart": "heart_phantom.nii.gz"}
_HEADLINE = "document.querySelector('.headline').textContent"
# Muscle's place in the list of labels, and where the lateral wall lies in the first plane of the phantom.
_MUSCLE, _WALL = "Left ventricular myocardium", [(0.72, 0.36), (0.735, 0.42), (0.735, 0.48), (0.725, 0.54)]


def main() -> None:
    """Segment both samples, and take both pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder for platform_*.webp")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="quantseg-pictures-") as folder:
        settings = Settings(Path(folder) / "data", workers=0)
        with at_work(settings) as platform, answering(platform) as address:
            with begin_to_write(platform.engine) as connection:
                group = accounts.add_group(connection, "Radiology")
                user = accounts.add_user(connection, "reader", "Dr Reader", Role.APPROVER, [group])
                link = accounts.new_link(connection, user, 3600)
            visitor = Visitor(address)
            visitor.set_password(link, PASSWORD)
            served = SimpleNamespace(platform=platform, groups={"Radiology": group})
            cases = {task: put_case(served, "Radiology", task, _result(task)) for task in _SAMPLES}
            with Chromium(_SIZE) as browser:
                width, height = _SIZE
                # The window's size holds its frame, too.
                view = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
                browser.call("Emulation.setDeviceMetricsOverride", **view)
                for cookie in visitor.browser.cookies.jar:
                    browser.call("Network.setCookie", url=address, name=cookie.name, value=cookie.value, httpOnly=True)
                for task, case in cases.items():
                    browser.open(f"{address}/cases/{case}")
                    browser.wait("document.getElementById('viewer')?.dataset.ready === 'yes'", 300)
                    browser.wait("document.getElementById('viewer').viewer.screen.solidShape", 300)
                    if task == "heart":
                        _correct(browser)
                    else:
                        browser.evaluate("document.querySelector('.jump')?.click()")
                    name = "head" if task == "hippocampus" else task
                    _keep(browser, options.output / f"platform_{name}.webp")
                    print(f"{name}: {browser.evaluate(_HEADLINE)}")


def _result(name: str):
    task = find_task(name)
    (case,) = task.find([resources_folder() / "SampleData" / _SAMPLES[name]])
    case = dataclasses.replace(case, name="image")
    assert task.samples is not None
    asked = dataclasses.replace(task.samples.options, device="cpu")
    return task.pipeline(asked, ModelStore()).run("image", task.read(case, SpacingChoice()), Steps())


def _correct(browser: Chromium) -> None:
    """Paint muscle at the lateral wall, and wait until the number has followed."""
    before = browser.evaluate(_HEADLINE)
    print(f"heart before: {before}")
    browser.evaluate("document.getElementById('correct').click()")
    browser.wait("!document.getElementById('painting').hidden")
    pick = f"[...document.querySelectorAll('.label')].find((one) => one.textContent.includes('{_MUSCLE}'))"
    browser.evaluate(f"{pick}?.click()")
    box = browser.evaluate(
        "(() => { const b = document.querySelector('.tile[data-plane=\"0\"]').getBoundingClientRect();"
        " return [b.left, b.top, b.width, b.height]; })()"
    )
    browser.drag([(box[0] + x * box[2], box[1] + y * box[3]) for x, y in _WALL])
    browser.wait(f"document.getElementById('saved').textContent === 'Saved' && {_HEADLINE} !== {before!r}", 300)


def _keep(browser: Chromium, path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shot = browser.screenshot(Path(folder) / "shot.png")
        Image.open(shot).convert("RGB").save(path, quality=_QUALITY, method=6)


if __name__ == "__main__":
    main()
