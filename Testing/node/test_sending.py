"""Approved objects on their way to an archive, by either of its doors."""

import pydicom
import pytest
from dicom_sources import small_head
from made_dicom import write_series

from quantseg.errors import QuantSegError, UsageError
from quantseg.node.sending import read_destination, send_objects, settings_path
from quantseg.volume import Volume


@pytest.fixture
def files(tmp_path):
    import numpy as np

    head = small_head(np.eye(3))
    return write_series(tmp_path / "objects", Volume(head.array[:, :, :3], head.affine))


def _write(tmp_path, text):
    path = tmp_path / "archive.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _dicomweb(orthanc, tmp_path, password=None):
    (tmp_path / "password.txt").write_text(password or orthanc.password, encoding="utf-8")
    secret = f'password_file = "{tmp_path / "password.txt"}"'
    return f'[dicomweb]\nurl = "{orthanc.dicomweb_url}"\nuser = "{orthanc.user}"\n{secret}\n'


def _dicom(orthanc, _tmp_path):
    title = f'called_title = "{orthanc.title}"'
    return f'[dicom]\nhost = "127.0.0.1"\nport = {orthanc.dicom_port}\n{title}\ntls = false\n'


@pytest.mark.parametrize("door", [_dicomweb, _dicom])
def test_objects_arrive_once_however_often_they_are_sent(orthanc, files, tmp_path, door):
    destination = read_destination(_write(tmp_path, door(orthanc, tmp_path)))
    send_objects(files, destination)
    send_objects(files, destination)
    assert len(orthanc.call("/instances")) == len(files)


@pytest.mark.parametrize("door", [_dicomweb, _dicom])
def test_an_archive_that_is_away_is_said(orthanc, files, tmp_path, door):
    destination = read_destination(_write(tmp_path, door(orthanc, tmp_path)))
    orthanc.kill()
    with pytest.raises(QuantSegError) as caught:
        send_objects(files, destination)
    assert str(pydicom.dcmread(files[0]).PatientID) not in str(caught.value)


def test_a_wrong_password_is_refused(orthanc, files, tmp_path):
    destination = read_destination(_write(tmp_path, _dicomweb(orthanc, tmp_path, "wrong")))
    with pytest.raises(QuantSegError, match="did not take"):
        send_objects(files, destination)
    assert orthanc.call("/instances") == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[dicomweb]\nurl = "http://pacs.example/dicom-web"\n', "is not encrypted"),
        ('[dicomweb]\nurl = "ftp://pacs.example"\n', "is no address"),
        ('[dicom]\nhost = "pacs.example"\nport = 104\ntls = false\n', "is not encrypted"),
        ("[dicom]\nport = 104\n", "lacks host or port"),
        ('[dicom]\nhost = "a"\nport = 104\nspeed = 3\n', "speed"),
        ('[pacs]\nurl = "a"\n', r"expected one, \[dicomweb\] or \[dicom\]"),
        ("[dicom\n", "is no TOML"),
    ],
)
def test_settings_that_are_none_are_named(tmp_path, text, sentence):
    with pytest.raises(UsageError, match=sentence):
        read_destination(_write(tmp_path, text))


def test_where_nobody_named_an_archive_the_file_and_an_example_are_given(tmp_path, monkeypatch):
    monkeypatch.delenv("QUANTSEG_ARCHIVE", raising=False)
    monkeypatch.setenv("QUANTSEG_HOME", str(tmp_path))
    with pytest.raises(UsageError) as caught:
        read_destination(settings_path())
    assert str(tmp_path / "archive.toml") in str(caught.value)
    assert "[dicomweb]" in str(caught.value)
