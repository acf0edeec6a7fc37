"""The archive that tests and demo start: reached by nobody from outside, and whole again after an end of any kind."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import numpy as np
import pytest
from dicom_sources import small_head
from made_dicom import write_series
from orthanc_server import network_of_its_own, orthanc_in

from quantseg.errors import QuantSegError, UsageError
from quantseg.node import local_orthanc
from quantseg.node.local_orthanc import LocalOrthanc
from quantseg.volume import Volume


def _three_slices(folder):
    head = small_head(np.eye(3))
    return write_series(folder, Volume(head.array[:, :, :3], head.affine))


def test_what_is_stored_outlives_a_kill(orthanc, tmp_path):
    files = _three_slices(tmp_path / "study")
    assert [orthanc.store(path) for path in files] == ["Success"] * 3
    orthanc.kill()
    assert orthanc.process_id is None
    with pytest.raises(QuantSegError, match="does not answer"):
        orthanc.call("/instances")
    orthanc.start()
    assert len(orthanc.call("/instances")) == 3
    assert orthanc.store(files[0]) == "AlreadyStored"


def test_c_store_arrives_and_dicomweb_lists_it(orthanc, tmp_path):
    _three_slices(tmp_path / "study")
    to = ["-aec", orthanc.title, "127.0.0.1", str(orthanc.dicom_port)]
    subprocess.run(["storescu", *to, "+sd", str(tmp_path / "study")], check=True)
    assert [one["0020000D"]["Value"] for one in orthanc.call("/dicom-web/studies")] == [["1.2.3.4"]]


def test_without_the_password_nothing_is_told(orthanc):
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(f"{orthanc.dicomweb_url}/studies")


def test_nobody_outside_the_network_reaches_it(tmp_path):
    with network_of_its_own():
        server = orthanc_in(tmp_path)
        server.start()
        port = server.http_port
        socket.create_connection(("127.0.0.1", port)).close()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port)).close()
    server.kill()


@pytest.mark.usefixtures("own_network")
def test_it_ends_with_whoever_started_it(tmp_path):
    script = (
        "import os, sys; from pathlib import Path; from quantseg.node.local_orthanc import LocalOrthanc\n"
        "server = LocalOrthanc(Path(sys.argv[1])); server.start(); print(server.process_id, flush=True); os._exit(9)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "orthanc")], capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 9, done.stderr
    number = int(done.stdout)
    for _ in range(200):
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail("Orthanc still runs")


def test_a_port_that_is_taken_is_said_with_the_log(orthanc, tmp_path):
    second = LocalOrthanc(tmp_path / "second", http_port=orthanc.http_port)
    with pytest.raises(QuantSegError, match=r"orthanc\.log"):
        second.start()


def test_a_machine_without_orthanc_is_told_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(local_orthanc, "_DICOMWEB_PLUGIN", tmp_path / "none.so")
    with pytest.raises(UsageError, match="apt-get install orthanc orthanc-dicomweb"):
        LocalOrthanc(tmp_path / "orthanc").start()
