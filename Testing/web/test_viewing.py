"""The viewer in a real Chromium: sides, painting, numbers, a frame of a cine, two people, an ended session."""

import dataclasses
import gzip
import json

import nibabel
import numpy as np
import pytest
from chromium import Chromium
from finished_cases import LEFT_MARKER_RAS_MM, build_head
from finished_hearts import build_heart
from heart_phantom import phantom_labels
from shown_cases import doubts_of, put_case, state_of_viewer
from storage_orders import ALL_48_ORDERS
from visitors import OWN, PASSWORD, wait_for

from quantseg.jobs.database import begin_to_write
from quantseg.results.report_pdf import find_browser
from quantseg.tasks.hippocampus.anatomy import SIDED_SEGMENTS
from quantseg.tasks.hippocampus.measuring import measure_hippocampus
from quantseg.tasks.registry import TASKS
from quantseg.volume import Volume
from quantseg.web.roles import Role
from quantseg.web.sessions import revoke
from quantseg.web.tables import SESSIONS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_browser() is None, reason="there is no Chromium here; run: apt-get install chromium"),
]
_TOOLS = "!document.getElementById('painting').hidden"
_SAVED = "document.getElementById('saved').textContent === 'Saved'"


_WHERE_DRAWN = """
(() => {
  const { screen } = document.getElementById("viewer").viewer, wanted = screen.voxel, places = {};
  for (const tile of screen.tiles.slice(0, 3)) {
    const box = tile.getBoundingClientRect();
    let nearest = Infinity;
    for (let x = 0.02; x < 1; x += 0.02) for (let y = 0.02; y < 1; y += 0.02) {
      const at = { clientX: box.left + x * box.width, clientY: box.top + y * box.height };
      const voxel = screen.voxelUnder(Number(tile.dataset.plane), at);
      const apart = voxel ? Math.hypot(...voxel.map((one, axis) => one - wanted[axis])) : Infinity;
      if (apart < nearest) [nearest, places[tile.dataset.plane]] = [apart, [x, y]];
    }
  }
  return JSON.stringify(places);
})()
"""
_LOG_IN_AGAIN = """
(async () => {
  const page = new DOMParser().parseFromString(await (await fetch("/login")).text(), "text/html");
  const body = new URLSearchParams({ csrf: page.querySelector("[name=csrf]").value, name: NAME, password: PASSWORD });
  await fetch("/login", { method: "POST", body });
})()
"""


@pytest.fixture(scope="module", autouse=True)
def _real_tasks(served):
    """The tasks themselves beside the stand-in: their corrections are measured as the command measures."""
    added = {name: TASKS[name] for name in ("hippocampus", "heart")}
    served.platform.settings.tasks.update(added)
    yield
    for name in added:
        del served.platform.settings.tasks[name]


@pytest.fixture(scope="module")
def head(served):
    """A head stored in an order that no viewer would show by itself."""
    head = build_head(order=ALL_48_ORDERS[29], name="image")
    return put_case(served, OWN, "hippocampus", dataclasses.replace(head, doubtful_slices=doubts_of(head)))


@pytest.fixture(scope="module")
def heart(served):
    """Three frames of the phantom, with noise: without any an image is taken for labels."""
    result = dataclasses.replace(build_heart(phantom_labels()[:3]), name="image")
    frames = result.scan.frames + np.random.default_rng(0).integers(0, 25, result.scan.frames.shape)
    scan = dataclasses.replace(result.scan, frames=frames.astype(np.int16))
    return put_case(served, OWN, "heart", dataclasses.replace(result, scan=scan))


@pytest.fixture(scope="module")
def person(people):
    return people(Role.APPROVER, OWN, fresh=True)


@pytest.fixture(scope="module")
def browser(served, person):
    with Chromium((1000, 760)) as browser:
        browser.open(f"{served.address}/login")
        _log_in(browser, person)
        _look_at(browser, "0")
        yield browser


def _log_in(browser, person):
    browser.wait("document.querySelector('[name=password]') !== null")
    said = {"name": person.name, "password": PASSWORD}
    fill = "".join(
        f"document.querySelector('[name={key}]').value = {json.dumps(value)};" for key, value in said.items()
    )
    browser.evaluate(fill + "document.querySelector('main form').requestSubmit()")
    browser.wait("location.pathname === '/cases' && document.readyState === 'complete'")


def _look_at(browser, view):
    """Let cases be opened in one view: each more, and above all 3D, costs this machine's processor seconds."""
    browser.evaluate(f"localStorage.setItem('quantseg view', {json.dumps(view)})")


def _open(browser, served, case):
    browser.said.clear()
    browser.open(f"{served.address}/cases/{case}")
    assert browser.wait("document.getElementById('viewer')?.dataset.ready") == "yes", browser.said


def _correct(browser):
    browser.evaluate("document.getElementById('correct').click()")
    browser.wait(_TOOLS)


def _done(browser):
    browser.evaluate("document.getElementById('correct').click()")
    browser.wait("document.getElementById('painting').hidden")


def _lie_offline(browser, offline):
    unlimited = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    browser.call("Network.emulateNetworkConditions", offline=offline, **unlimited)


def _place(browser, plane, across, down):
    """Return a place of the window, by its share of a plane's tile."""
    box = json.loads(
        browser.evaluate(
            f"JSON.stringify(document.querySelector('.tile[data-plane=\"{plane}\"]').getBoundingClientRect())"
        )
    )
    return box["left"] + across * box["width"], box["top"] + down * box["height"]


def _labels(visitor, case):
    answer = visitor.api("GET", f"/cases/{case}/labels")
    return nibabel.Nifti1Image.from_bytes(gzip.decompress(answer.content))


def _headline(browser):
    return browser.evaluate("document.querySelector('.headline').textContent")


def test_sides_and_letters_are_the_reports(browser, served, head):
    """The bright marker lies on the patient's left, in front and above, and so on the right and at the top."""
    _look_at(browser, "all")
    _open(browser, served, head)
    _look_at(browser, "0")
    browser.evaluate(f"document.getElementById('viewer').viewer.show({LEFT_MARKER_RAS_MM.tolist()}, null)")
    here = browser.wait("document.getElementById('here').textContent")
    assert here.startswith("L 39.5, A 30.0, S 30.0 mm · grey 900"), here
    letters = [
        browser.evaluate(
            f"[...document.querySelectorAll('.tile[data-plane=\"{n}\"] .edge')].map((e) => e.textContent).join('')"
        )
        for n in range(3)
    ]
    assert letters == ["RLAP", "RLSI", "APSI"]
    # And where the pictures really have it, by what lies under each place of them.
    found = json.loads(browser.evaluate(_WHERE_DRAWN))
    # Left on the right, front at the top; in the sagittal plane the front is on the left.
    assert found["0"][0] > 0.5 > found["0"][1]
    assert found["1"][0] > 0.5 > found["1"][1]
    assert max(found["2"]) < 0.5
    browser.wait("document.getElementById('viewer').viewer.screen.solidShape")
    # A doubtful slice is called what the plane is called to which it leads.
    for number in range(2):
        browser.evaluate(f"document.querySelectorAll('.jump')[{number}].click()")
        called = browser.evaluate(f"document.querySelectorAll('.jump')[{number}].textContent").rpartition(", ")[2]
        assert called.startswith("coronal ")
        browser.wait(f"document.querySelector('.tile[data-plane=\"1\"] .place').textContent.startsWith('{called}/')")
    assert browser.said == []


def test_paint_undo_reload_and_the_numbers_of_the_command(browser, served, head, person):
    _open(browser, served, head)
    _correct(browser)
    before, first = state_of_viewer(browser), _headline(browser)
    browser.drag([_place(browser, 0, 0.30 + 0.02 * step, 0.3) for step in range(6)])
    painted = state_of_viewer(browser)
    assert painted["counts"] != before["counts"]
    browser.wait(f"{_SAVED} && document.querySelector('.headline').textContent !== {json.dumps(first)}")
    stored = np.asarray(_labels(person, head).dataobj)
    assert {str(value): int((stored == value).sum()) for value in range(5)} == painted["counts"][0]
    image = gzip.decompress(person.get(f"/api/v1/cases/{head}/image").content)
    scan = nibabel.Nifti1Image.from_bytes(image)
    measured = measure_hippocampus(Volume(np.asarray(scan.dataobj), scan.affine), stored, SIDED_SEGMENTS, None, {})
    volumes = {one.region: one.value for one in measured if one.key == "volume"}
    assert _headline(browser) == f"left {volumes['left']:.0f} + right {volumes['right']:.0f} mm³"

    browser.evaluate("document.getElementById('undo').click()")
    assert state_of_viewer(browser)["counts"] == before["counts"]
    browser.wait(f"document.querySelector('.headline').textContent === {json.dumps(first)}")
    browser.evaluate("document.getElementById('redo').click()")
    browser.wait(f"{_SAVED} && document.querySelector('.headline').textContent !== {json.dumps(first)}")
    _done(browser)
    _open(browser, served, head)
    assert state_of_viewer(browser)["counts"] == painted["counts"]
    assert browser.said == []


def test_a_cines_edit_touches_its_frame_alone_and_changes_the_numbers(browser, served, heart, person):
    _open(browser, served, heart)
    letters = browser.evaluate(
        "[...document.querySelectorAll('.tile[data-plane=\"0\"] .edge')].map((e) => e.textContent)"
    )
    assert letters == ["AR", "PL", "SL", "IR"]
    # The frames that the numbers are read off are named, and lead there.
    named = browser.evaluate("[...document.querySelectorAll('#phases .jump')].map((e) => e.textContent)")
    assert sorted(one.partition(",")[0] for one in named) == ["ED", "ES"]
    for number, one in enumerate(named):
        browser.evaluate(f"document.querySelectorAll('#phases .jump')[{number}].click()")
        assert one.endswith(f", frame {state_of_viewer(browser)['frame'] + 1}")
    stored, first = np.asarray(_labels(person, heart).dataobj), _headline(browser)
    _correct(browser)
    browser.evaluate("document.getElementById('viewer').viewer.setFrame(2)")
    # By the keyboard alone: the third label, and once at the cross.
    browser.evaluate("document.querySelector('.tile').focus()")
    for key in ("1", "]", "]", "]", "Enter"):
        browser.press(key)
    browser.wait(f"{_SAVED} && document.querySelector('.headline').textContent !== {json.dumps(first)}")
    _done(browser)
    now = np.asarray(_labels(person, heart).dataobj)
    changed = [bool((now[..., frame] != stored[..., frame]).any()) for frame in range(3)]
    assert changed == [False, False, True]
    last = person.state(heart)["result"]["history"][-1]["what"]
    assert last == "corrected in the browser, frame 3"
    assert browser.said == []


def test_two_people_ask_and_hand_over(browser, served, head, people):
    colleague = people(Role.EDITOR, OWN, fresh=True)
    assert colleague.api("POST", f"/cases/{head}/hold", json={}).status_code == 204
    _open(browser, served, head)
    browser.evaluate("document.getElementById('correct').click()")
    trouble = browser.wait("document.getElementById('trouble').textContent.trim()")
    assert f"({colleague.name}) works on this case" in trouble
    browser.said.clear()  # Chromium itself writes down that the server has refused.
    browser.evaluate("document.querySelector('#trouble button').click()")
    asked = wait_for(lambda: colleague.api("GET", f"/cases/{head}/hold").json(), lambda hold: hold["asked_by"] != "")
    assert asked["mine"]
    assert asked["asked_by"].startswith("Dr Approver")
    assert colleague.api("DELETE", f"/cases/{head}/hold").status_code == 204
    browser.wait("document.getElementById('trouble').textContent.includes('free now')")
    browser.evaluate("document.querySelector('#trouble button').click()")
    browser.wait(_TOOLS)
    # And the other way round: who has it is asked, and hands it over.
    assert colleague.api("POST", f"/cases/{head}/hold", json={"ask": True}).status_code == 204
    browser.wait("document.getElementById('trouble').textContent.includes('asks for this case')")
    browser.evaluate("document.querySelector('#trouble button').click()")
    browser.wait("document.getElementById('painting').hidden")
    assert colleague.api("POST", f"/cases/{head}/hold", json={}).status_code == 204
    assert colleague.api("DELETE", f"/cases/{head}/hold").status_code == 204
    assert browser.said == []
    # Who is done while the server is away keeps nobody waiting once it is back.
    _correct(browser)
    browser.call("Network.enable")
    _lie_offline(browser, True)
    _done(browser)
    assert colleague.api("GET", f"/cases/{head}/hold").json()["holder"]
    _lie_offline(browser, False)
    wait_for(lambda: colleague.api("GET", f"/cases/{head}/hold").json()["holder"], lambda holder: not holder)
    browser.said.clear()


def test_an_ended_session_keeps_the_strokes_until_the_person_is_back(browser, served, head, person):
    _open(browser, served, head)
    _correct(browser)
    with begin_to_write(served.platform.engine) as connection:
        for session in connection.execute(SESSIONS.select().where(SESSIONS.c.user_id == person.user)).mappings():
            revoke(connection, session["token_sha256"])
    before = state_of_viewer(browser)["counts"]
    browser.drag([_place(browser, 0, 0.2 + 0.02 * step, 0.4) for step in range(4)])
    browser.wait("document.getElementById('trouble').textContent.includes('Your session has ended')")
    drawn = state_of_viewer(browser)["counts"]
    assert drawn != before
    # In another tab, which shares the cookies.
    browser.evaluate(_LOG_IN_AGAIN.replace("NAME", json.dumps(person.name)).replace("PASSWORD", json.dumps(PASSWORD)))
    browser.wait(_SAVED)
    browser.wait("document.getElementById('trouble').hidden")
    person.forget()
    assert person.log_in(person.name, PASSWORD).status_code == 303
    stored = np.asarray(_labels(person, head).dataobj)
    assert {str(value): int((stored == value).sum()) for value in range(5)} == drawn[0]
    _done(browser)


_HANDS = """
(async () => {
  const { Painting } = await import("/static/viewer/painting.js"), { Space } = await import("/static/viewer/space.js");
  const { labelledSlice } = await import("/static/viewer/screen.js");
  const affine = [[-1, 0, 0, 9], [0, -1, 0, 9], [0, 0, 2, 0]];
  const space = new Space({ shape: [10, 10, 7], affine, axes: [[0, 1], [1, 1], [2, -1]] });
  const grey = new Uint8Array(700).map((_, at) => at % 100), labels = new Uint8Array(700);
  const painting = new Painting(space, [labels], () => grey);
  const count = (value) => labels.filter((one) => one === value).length;
  const stroke = (...given) => { painting.begin(0); painting.dab(...given); return painting.end(); };
  const said = {};
  stroke([4, 4, 1], 2, 2.1, 1, 1);
  said.disc = count(1);
  stroke([4, 4, 5], 2, 2.1, 1, 1);
  // In the middle between the two there is nothing to see.
  said.opened = [3.2, 2.8].map((middle) => labelledSlice(labels, space, middle));
  said.filled = painting.fillBetween(0, 2, 1);
  said.between = count(1);
  painting.locked.add(1);
  said.locked = [stroke([4, 4, 3], null, 3, 0, 1), count(1)];
  painting.locked.clear();
  painting.range = [44, 45];
  stroke([4, 4, 3], 2, 3, 2, 2);
  said.threshold = count(2);
  painting.range = null;
  for (let n = 0; n < 4; n++) painting.undo();
  said.undone = count(1) + count(2);
  for (let n = 0; n < 9; n++) painting.redo();
  said.redone = [count(1), count(2)];
  said.back = space.toStored(space.toShown(grey)).join() === grey.join();
  const mm = space.mmAt([2, 3, 4]);
  said.place = [mm, space.voxelAt(mm).map(Math.round)];
  return JSON.stringify(said);
})()
"""


def test_what_a_hand_does_to_labels(browser, served, head):
    """A disc of 4.2 mm has 13 voxels of 1 mm; three slices between two alike are filled alike."""
    _open(browser, served, head)
    said = json.loads(browser.evaluate(_HANDS))
    assert said["disc"] == 13
    assert said["opened"] == [5, 1]
    assert (said["filled"], said["between"]) == (3, 65)
    assert said["locked"] == [False, 65]
    assert said["threshold"] == 2
    assert said["undone"] == 0
    assert said["redone"] == [63, 2]
    assert said["back"]
    assert said["place"][1] == [2, 3, 4]
