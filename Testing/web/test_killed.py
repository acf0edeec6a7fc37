"""A server or a worker that is killed at any instant: nothing is lost, and nothing is half."""

import contextlib
import gzip
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import nibabel
import numpy as np
import psutil
import pytest
from small_scans import write_scan
from visitors import PASSWORD, Visitor, wait_for

from quantseg.review.worklist import STATE_FOLDER

pytestmark = pytest.mark.slow
_SERVED = Path(__file__).with_name("served.py")


class _Server:
    """A server as a program of its own."""

    def __init__(self, data, gate):
        self.data, self.gate, self.log = data, gate, gate.with_name("log")

    def start(self):
        environment = os.environ | {"STANDIN_GATE": str(self.gate)}
        command = [sys.executable, str(_SERVED), str(self.data), "0", "{}"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, encoding="utf-8", env=environment
            )
        said = ""
        while "is at" not in said:
            line = self.process.stdout.readline()
            assert line, said
            said += line
        self.address = re.search(r"is at (\S+)", said)[1]
        found = re.search(r"/welcome/(\S+)", said)
        return found and found[1]

    def kill(self):
        family = psutil.Process(self.process.pid).children(recursive=True)
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()
        psutil.wait_procs(family, timeout=60)
        assert not [one for one in family if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]

    def visitor(self):
        visitor = Visitor(self.address)
        assert visitor.log_in("administrator", PASSWORD).status_code == 303
        visitor.group = re.search(r'<option value="([^"]+)">', visitor.get("/send").text)[1]
        return visitor


@pytest.fixture
def server(tmp_path, python_path):
    del python_path
    (tmp_path / "gate").mkdir()
    server = _Server(tmp_path / "data", tmp_path / "gate")
    link = server.start()
    assert Visitor(server.address).set_password(link, PASSWORD).status_code == 303
    yield server
    if server.process.poll() is None:
        server.kill()


def test_kills_in_mid_upload_and_mid_run(server, tmp_path):
    write_scan(tmp_path / "scan.nii.gz")
    content = (tmp_path / "scan.nii.gz").read_bytes()
    visitor = server.visitor()
    begun = visitor.begin_upload("scan.nii.gz", len(content), visitor.group)
    upload = begun.headers["Location"].rpartition("/")[2]
    assert visitor.send_piece(upload, 0, content[:5000]).status_code == 204

    server.kill()
    assert server.start() is None
    visitor = server.visitor()
    assert visitor.api("HEAD", f"/uploads/{upload}").headers["Upload-Offset"] == "5000"
    assert visitor.send_piece(upload, 5000, content[5000:]).status_code == 204
    case = visitor.make_case(visitor.looked_at(upload))

    # A worker that is killed: its run is taken up again by the next, once its lease is over.
    folder = server.data / "cases" / case
    answer = visitor.api("POST", f"/cases/{case}/runs", json={})
    assert answer.status_code == 202
    wait_for(lambda: list(folder.glob("run-*.part")), bool)
    (worker,) = [one for one in psutil.Process(server.process.pid).children() if "quantseg.web.worker" in one.cmdline()]
    engines = wait_for(worker.children, bool)
    worker.kill()
    psutil.wait_procs(engines, timeout=60)
    assert not (folder / "run").exists()

    # And the server in the middle of what the next worker does.
    wait_for(lambda: visitor.state(case)["run"]["step"], lambda step: step != "")
    server.kill()
    server.start()
    visitor = server.visitor()
    state = wait_for(lambda: visitor.state(case), lambda one: one["run"]["state"] not in ("waiting", "running"))
    assert state["run"]["state"] == "done", state["run"]
    assert state["result"]["headline"] == "anterior 148 + posterior 166 mm³"
    assert [path.name for path in folder.iterdir() if path.name.startswith("run")] == ["run"]

    # And in the middle of saving a correction: labels and numbers are those before it, or those after it.
    answer = visitor.api("GET", f"/cases/{case}/labels")
    image = nibabel.Nifti1Image.from_bytes(gzip.decompress(answer.content))
    drawn = np.asarray(image.dataobj).copy()
    drawn[0, 0, 0] = 1
    sent = nibabel.Nifti1Image(drawn, image.affine).to_bytes()
    token = visitor.token()

    def save():
        headers = {"If-Match": answer.headers["ETag"], "X-CSRF-Token": token}
        with contextlib.suppress(httpx.HTTPError):
            visitor.browser.put(f"/api/v1/cases/{case}/labels", headers=headers, content=sent)

    saving = threading.Thread(target=save)
    saving.start()
    wait_for(lambda: list((folder / STATE_FOLDER).glob("*")) if (folder / STATE_FOLDER).is_dir() else [], bool)
    server.kill()
    saving.join()
    server.start()
    visitor = server.visitor()
    again = visitor.api("GET", f"/cases/{case}/labels")
    stored = np.asarray(nibabel.Nifti1Image.from_bytes(gzip.decompress(again.content)).dataobj)
    volumes = [int((stored == value).sum()) for value in (1, 2)]
    assert np.array_equal(stored, drawn) or np.array_equal(stored, np.asarray(image.dataobj))
    assert visitor.state(case)["result"]["headline"] == f"anterior {volumes[0]} + posterior {volumes[1]} mm³"
    # Whoever was cut off saves again, and is heard.
    headers = {"If-Match": again.headers["ETag"]}
    visitor.api("POST", f"/cases/{case}/hold", json={"take_over": True})
    assert visitor.api("PUT", f"/cases/{case}/labels", headers=headers, content=sent).status_code == 200

    # What a system's service manager sends ends all in order, and leaves nothing behind.
    family = psutil.Process(server.process.pid).children(recursive=True)
    server.log.write_bytes(b"")
    server.process.terminate()
    server.process.communicate(timeout=60)
    assert server.process.returncode == 0
    assert server.log.read_text(encoding="utf-8") == ""
    psutil.wait_procs(family, timeout=60)
    assert not [one for one in family if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


def test_two_servers_do_not_share_a_folder(server):
    second = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import served; from pathlib import Path\nfrom quantseg.web.serving import at_work\n"
            f"with at_work(served.settings_of(Path({str(server.data)!r}))): pass",
        ],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert "Another server is at work" in second.stderr
