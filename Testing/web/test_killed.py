"""A server or a worker that is killed at any instant: nothing is lost, and nothing is half."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from small_scans import write_scan
from visitors import PASSWORD, Visitor, wait_for

pytestmark = pytest.mark.slow
_SERVED = Path(__file__).with_name("served.py")


class _Server:
    """A server as a program of its own."""

    def __init__(self, data, gate):
        self.data, self.gate = data, gate

    def start(self):
        environment = os.environ | {"STANDIN_GATE": str(self.gate)}
        command = [sys.executable, str(_SERVED), str(self.data), "0", "{}"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
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
        psutil.wait_procs(family, timeout=10)
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
    psutil.wait_procs(engines, timeout=10)
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


def test_two_servers_do_not_share_a_folder(server):
    second = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import served; from pathlib import Path\nfrom quantseg.web.serving import at_work\n"
            f"with at_work(served.settings_of(Path({str(server.data)!r}))): pass",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Another server is at work" in second.stderr
