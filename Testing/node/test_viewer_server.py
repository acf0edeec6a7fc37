"""What stands between browser and archive: it reads, tells nobody the password, and answers no other machine's page."""

import hashlib
import http.client
import io
import json
import tarfile

import numpy as np
import pytest
from dicom_sources import small_head
from made_dicom import write_series

from quantseg.errors import QuantSegError, UsageError
from quantseg.node import ohif
from quantseg.node.ohif import get_ohif, require_npm
from quantseg.node.viewer_server import ViewerServer
from quantseg.volume import Volume


@pytest.fixture
def viewer(tmp_path):
    """Folder of a stand-in for the built viewer."""
    folder = tmp_path / "viewer"
    folder.mkdir()
    (folder / "index.html").write_text("<title>viewer</title>", encoding="utf-8")
    (folder / "app.js").write_text("run()", encoding="utf-8")
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    return folder


@pytest.fixture
def served(viewer, orthanc, tmp_path):
    head = small_head(np.eye(3))
    for path in write_series(tmp_path / "study", Volume(head.array[:, :, :3], head.affine)):
        orthanc.store(path)
    server = ViewerServer(viewer, orthanc.http_port, orthanc.authorization, 'An "archive"')
    server.start()
    yield int(server.url.rpartition(":")[2])
    server.stop()


def ask(port, path, method="GET", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def test_the_archive_is_read_without_a_password_of_the_browsers(served):
    answer, body = ask(served, "/dicom-web/studies", Accept="application/dicom+json")
    assert answer.status == 200
    assert json.loads(body)[0]["0020000D"]["Value"] == ["1.2.3.4"]
    answer, body = ask(served, "/dicom-web/studies/1.2.3.4/metadata", Accept="application/dicom+json")
    bulk_data = json.dumps(json.loads(body)[0])
    assert f"127.0.0.1:{served}/dicom-web/" in bulk_data


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/dicom-web/studies", "/dicom-web/studies/1.2.3.4", "/instances"])
def test_nothing_is_written(served, orthanc, method, path):
    assert ask(served, path, method)[0].status == 501
    assert len(orthanc.call("/instances")) == 3


@pytest.mark.parametrize("path", ["/instances", "/system", "/dicom-webx", "/studies/1/archive"])
def test_the_archives_other_addresses_are_the_viewers(served, path):
    answer, body = ask(served, path)
    assert (answer.status, body) == (200, b"<title>viewer</title>")


@pytest.mark.parametrize(
    "path", ["/dicom-web/../instances", "/dicom-web/%2e%2e/instances", "/dicom-web/x/../../system"]
)
def test_no_path_leads_out_of_dicomweb(served, path):
    assert ask(served, path)[0].status == 400


@pytest.mark.parametrize("path", ["/../secret.txt", "/%2e%2e/secret.txt", "//etc/passwd", "/etc/passwd"])
def test_no_file_beside_the_viewer_is_served(served, path):
    answer, body = ask(served, path)
    assert (answer.status, body) == (200, b"<title>viewer</title>") or answer.status == 400


def test_a_page_that_gives_this_machine_its_own_name_gets_nothing(served):
    assert ask(served, "/dicom-web/studies", Host="evil.example:80")[0].status == 421
    assert ask(served, "/dicom-web/studies", Host=f"localhost:{served}")[0].status == 200


def test_files_have_their_types_and_the_configuration_names_the_archive(served):
    assert ask(served, "/app.js")[0].headers["Content-Type"] == "text/javascript"
    _, body = ask(served, "/app-config.js")
    assert rb'friendlyName: "An \"archive\""' in body
    assert b"hangingProtocolId=quantseg" in body
    answer, body = ask(served, "/viewer?StudyInstanceUIDs=1.2", "HEAD")
    assert (answer.status, body) == (200, b"")


def test_an_archive_that_is_away_is_said(served, orthanc):
    orthanc.kill()
    assert ask(served, "/dicom-web/studies")[0].status == 502


@pytest.fixture
def a_package(tmp_path, monkeypatch):
    """npm's package, much smaller, and the only one that is taken."""
    path = tmp_path / "app.tgz"
    with tarfile.open(path, "w:gz") as package:
        for name in ("package/dist/index.html", "package/dist/a/b.js", "package/dist/a/b.js.map", "package/LICENSE"):
            member = tarfile.TarInfo(name)
            member.size = 1
            package.addfile(member, io.BytesIO(b"x"))
    monkeypatch.setattr(ohif, "_SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    monkeypatch.setenv("QUANTSEG_HOME", str(tmp_path / "home"))
    return path


def test_the_package_is_unpacked_once_without_what_only_debuggers_read(a_package):
    folder = get_ohif(a_package)
    assert sorted(path.name for path in folder.rglob("*") if path.is_file()) == ["b.js", "index.html"]
    assert get_ohif() == folder
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_another_package_is_refused(a_package, monkeypatch):
    monkeypatch.setattr(ohif, "_SHA256", "0" * 64)
    with pytest.raises(QuantSegError, match="its SHA-256 is"):
        get_ohif(a_package)
    assert not ohif.is_installed()


def test_without_npm_the_way_around_is_named(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageError, match=r"npm pack @ohif/app@.*--ohif FILE\.tgz"):
        require_npm()
