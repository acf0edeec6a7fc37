"""What a site says of its node is right before anything begins, or is refused in sentences."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from quantseg.errors import UsageError
from quantseg.node.archive import Archive, ArchiveAway
from quantseg.node.settings import ArchiveSettings
from quantseg.node.settings_file import read_settings
from quantseg.node.work_folder import WorkFolder

_GOOD = """
[archive]
url = "https://orthanc.example:8042"
user = "quantseg"
password_file = "password"

[[destination]]
name = "pacs"
kind = "dicom"
host = "pacs.example"
port = 11112

[[rule]]
task = "hippocampus"
modalities = ["MR"]
study_description = ["head"]
destinations = ["pacs"]
"""


def _write(folder, text):
    path = folder / "node.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_paths_are_relative_to_the_file_and_secrets_stand_elsewhere(tmp_path, monkeypatch):
    (tmp_path / "password").write_text("s3cret\n", encoding="utf-8")
    settings = read_settings(_write(tmp_path, _GOOD + '[queue]\ndatabase = "q/queue.sqlite"\n'))
    assert settings.archive.password() == "s3cret"
    assert settings.queue.database == str(tmp_path / "q" / "queue.sqlite")
    assert settings.rule[0].key == "hippocampus"
    assert "s3cret" not in repr(settings)
    text = _GOOD.replace('password_file = "password"', 'password_env = "NODE_TEST_PASSWORD"')
    settings = read_settings(_write(tmp_path, text + '[queue]\ndatabase = "postgresql://q@db/q"\n'))
    assert settings.queue.database == "postgresql://q@db/q"
    with pytest.raises(UsageError, match="NODE_TEST_PASSWORD, which is not set"):
        settings.archive.password()
    monkeypatch.setenv("NODE_TEST_PASSWORD", "other")
    assert settings.archive.password() == "other"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("https://", "http://", "is not encrypted; use https, or say plain = true"),
        ("https://", "ftp://", "is no address"),
        ("https://orthanc", "https://me:S3CRET@orthanc", "url holds a user"),
        ('user = "quantseg"', 'pasword = "S3CRET"', "archive.pasword: Extra inputs are not permitted"),
        ('["pacs"]', '["archive"]', "names destination 'archive', which there is none of"),
        ('["head"]', '["("]', "is no regular expression"),
        ("port = 11112", "port = 111120", "destination.1.port"),
        ("port = 11112", "tls = false\nport = 11112", "is not encrypted; drop tls = false"),
        ("port = 11112", 'called_title = "MUCH TOO LONG A TITLE"\nport = 11112', "is no AE title"),
        ("port = 11112", 'key_file = "none.key"\nport = 11112', "belong together"),
        ("port = 11112", 'ca_file = "none.pem"\nport = 11112', "is no file"),
        ("port = 11112", "", "lacks host or port"),
        ("[[rule]]", "[[rule]]\ntask = 'hippocampus'\n[[rule]]", "two rules are called 'hippocampus'"),
        ("[[rule]]", "[rule", "are no TOML"),
        ('user = "quantseg"', 'since = "yesterday"', "archive.since"),
        ('user = "quantseg"', 'since = "2026-02-30"', "is no day"),
        ("https://orthanc", "me:S3CRET@orthanc", "url holds a user"),
        ("https://orthanc", "ftp://me:S3CRET@orthanc", "url holds a user"),
        ("[archive]", '[queue]\ndatabase = "postgresql://q:S3CRET@db/q"\n[archive]', "database holds a password"),
        (
            "[archive]",
            '[queue]\ndatabase = "postgresql://db/q?password=S3CRET"\n[archive]',
            "database holds a password",
        ),
        ("[[rule]]", "[[rule]]\nname = 'arrival'", "no rule can be called 'arrival'"),
    ],
)
def test_what_cannot_be_is_refused_without_repeating_secrets(tmp_path, old, new, said):
    with pytest.raises(UsageError) as caught:
        read_settings(_write(tmp_path, _GOOD.replace(old, new)))
    assert said in str(caught.value)
    assert "S3CRET" not in str(caught.value)


def test_what_is_not_said_lies_beside_the_file_wherever_somebody_asks_from(tmp_path, monkeypatch):
    path = _write(tmp_path, _GOOD)
    monkeypatch.chdir("/")
    settings = read_settings(path)
    assert (settings.queue.database, settings.work.folder) == (str(tmp_path / "queue.sqlite"), tmp_path / "work")


@pytest.mark.parametrize("held", ["studies/somebodys/image.dcm", "image.dcm"])
def test_a_work_folder_that_holds_what_is_somebody_elses_is_refused_and_stays(tmp_path, held):
    root = tmp_path / "data"
    (root / held).parent.mkdir(parents=True)
    (root / held).touch()
    root.chmod(0o755)
    with pytest.raises(UsageError, match="holds what is no node's"):
        WorkFolder(root)
    assert (root / held).exists()
    assert root.stat().st_mode & 0o777 == 0o755
    mine = tmp_path / "mine"
    for _ in range(2):
        WorkFolder(mine).close()


def test_what_answers_and_is_no_orthanc_is_an_archive_that_is_away():
    """Such as the page of a proxy, for as long as the archive behind it is looked after."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>Back soon</html>")

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        archive = Archive(ArchiveSettings(url=f"http://127.0.0.1:{server.server_port}"))
        for ask in (archive.version, archive.last_change, lambda: archive.study("x")):
            with pytest.raises(ArchiveAway, match="no Orthanc"):
                ask()
        server.shutdown()


def test_a_missing_password_file_and_a_missing_file_are_said(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        read_settings(tmp_path / "none.toml")
    settings = read_settings(_write(tmp_path, _GOOD))
    with pytest.raises(UsageError, match="expected the password in its first line"):
        settings.archive.password()


def test_the_settings_of_the_documentation_are_read_as_they_stand_there(repository, tmp_path):
    page = (repository / "docs" / "hospital.md").read_text(encoding="utf-8")
    (text,) = (block for block in page.split("```")[1::2] if "[archive]" in block)
    for name in ("hospital-ca.pem", "node.crt", "node.key"):
        (tmp_path / name).touch()
    settings = read_settings(_write(tmp_path, text))
    assert [one.name for one in settings.destination] == ["home", "pacs"]
    assert settings.rule[0].destinations == ("home", "pacs")
    # What it shows as the value that stands without a word is that value.
    assert settings.work.memory_gib == type(settings.work)().memory_gib
    assert settings.complete == type(settings.complete)()
    assert settings.watch == type(settings.watch)()
