"""``quantseg node demo``, as a newcomer runs it: real models, a real archive, a real node, and where it is had OHIF."""

import os
import re
import signal
import subprocess
import sys

import psutil
import pytest
from chromium import Chromium
from ohif_window import OhifWindow

from quantseg.cli.main import main
from quantseg.node import local_orthanc

_ENDS_SECONDS = 60


def _lines(demo):
    for line in demo.stdout:
        yield line.rstrip()


@pytest.mark.slow
@pytest.mark.usefixtures("own_network")
def test_the_results_arrive_and_ohif_outlines_them(tmp_path):
    package = os.environ.get("QUANTSEG_OHIF")
    environment = os.environ | {"QUANTSEG_HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path)}
    viewer = ["--ohif", package] if package else ["--no-viewer"]
    command = [sys.executable, "-m", "quantseg", "node", "demo", *viewer]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8", env=environment) as demo:
        said, address = [], None
        try:
            for line in _lines(demo):
                said.append(line)
                if found := re.search(r"Open in a browser on this machine: (\S+)", line):
                    address = found.group(1)
                    break
            arrived = [line.split()[1].rstrip(",") for line in said if line.startswith("Arrived: ")]
            assert sorted(arrived) == ["DOC", "OT", "SEG", "SR"], said
            assert any("listens on all addresses" in line for line in said)
            if package:
                with Chromium() as browser:
                    window = OhifWindow(browser, tmp_path)
                    window.open(address, series=5)
                    window.wait_for_colours("demo")
                    window.browser.wait("Boolean(document.querySelector('object')?.data)")
                started = psutil.Process(demo.pid).children(recursive=True)
                assert started
                demo.send_signal(signal.SIGINT)
            assert demo.wait(_ENDS_SECONDS) == 0
            if package:
                assert not psutil.wait_procs(started, timeout=10)[1]
        finally:
            demo.kill()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("quantseg-")] == []


def test_a_machine_without_orthanc_is_told_so_before_anything_is_fetched(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(local_orthanc, "_DICOMWEB_PLUGIN", tmp_path / "none.so")
    assert main(["node", "demo"]) == 2
    said = capsys.readouterr()
    assert "apt-get install orthanc orthanc-dicomweb" in said.err
    assert said.out == ""


def test_a_folder_that_holds_something_is_left_alone(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    assert main(["node", "demo", "--no-viewer", "--keep", str(tmp_path)]) == 2
    assert "is not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
