"""Who may talk to whom: TLS with certificates on both sides, AE titles, passwords; and what is refused says so."""

import pytest
from certificates import make_certificates
from dicom_sources import PLANTED
from orthanc_server import orthanc_in
from sites import small_study
from store_scp import StoreScp
from tls_proxy import TlsProxy

from quantseg.node.archive import Archive, ArchiveAway
from quantseg.node.dicom_peer import DicomPeer, PeerRefused
from quantseg.node.settings import ArchiveSettings, DestinationSettings, RuleSettings
from quantseg.node.site_choice import why_not

pytestmark = pytest.mark.usefixtures("own_network")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """Of a hospital's authority: those of a server and of a client; and one of a stranger's authority."""
    folder = tmp_path_factory.mktemp("certificates")
    server, client = make_certificates(folder / "hospital", "hospital", "server", "client")
    (stranger,) = make_certificates(folder / "stranger", "stranger", "client")
    return server, client, stranger


def peer(port, **settings):
    """Return a destination of a PACS on this machine."""
    said = {"name": "pacs", "kind": "dicom", "host": "127.0.0.1", "port": port, "called_title": "PACS", **settings}
    return DicomPeer(DestinationSettings.model_validate({"timeout_seconds": 5, **said}))


@pytest.mark.parametrize(
    ("shown", "trusts", "encrypted", "is_taken"),
    [
        ("client", "hospital", True, True),
        (None, "hospital", True, False),
        ("stranger", "hospital", True, False),
        ("client", "stranger", True, False),
        ("client", "hospital", False, False),
    ],
)
def test_a_pacs_takes_who_shows_the_right_certificate(certificates, shown, trusts, encrypted, is_taken):
    server, client, stranger = certificates
    authority = {"hospital": server.ca_file, "stranger": stranger.ca_file}[trusts]
    settings = {"ca_file": authority}
    if shown:
        settings = {"client": client, "stranger": stranger}[shown].settings(authority)
    with StoreScp(tls=server.server()) as pacs:
        found = peer(pacs.port, tls=encrypted, **settings)
        if is_taken:
            found.echo()
        else:
            with pytest.raises(PeerRefused, match="'pacs'"):
                found.echo()


@pytest.mark.parametrize(
    ("called", "calling", "is_taken"),
    [("PACS", "QUANTSEG", True), ("OTHER", "QUANTSEG", False), ("PACS", "SOMEBODY", False)],
)
def test_a_pacs_takes_the_ae_titles_that_it_knows(called, calling, is_taken):
    with StoreScp(calling=["QUANTSEG"]) as pacs:
        found = peer(pacs.port, tls=False, called_title=called, calling_title=calling)
        if is_taken:
            found.echo()
        else:
            with pytest.raises(PeerRefused, match="rejected our AE titles"):
                found.echo()


@pytest.mark.parametrize(("status", "is_taken"), [(0x0111, True), (0xB007, True), (0xA700, False), (0xC123, False)])
def test_what_a_pacs_answers_decides_whether_an_object_was_sent(tmp_path, status, is_taken):
    (path, *_) = small_study(tmp_path / "study", 1)
    with StoreScp(status=status) as pacs:
        found = peer(pacs.port, tls=False)
        if is_taken:
            found.send([path])
        else:
            with pytest.raises(PeerRefused, match=f"status 0x{status:04X}") as caught:
                found.send([path])
            assert not [word for word in PLANTED if word in str(caught.value)]


@pytest.fixture(scope="module")
def encrypted(own_network, certificates, tmp_path_factory):  # noqa: ARG001 - the archive starts in it
    """An archive, and the address of a proxy before it that demands a certificate."""
    server, _, _ = certificates
    orthanc = orthanc_in(tmp_path_factory.mktemp("orthanc"))
    orthanc.start()
    with TlsProxy(server.server(), orthanc.http_port) as proxy:
        yield orthanc, f"https://127.0.0.1:{proxy.port}"
    orthanc.kill()


@pytest.mark.parametrize(
    ("shown", "trusts", "password", "is_taken"),
    [
        ("client", "hospital", True, True),
        ("client", "hospital", False, False),
        (None, "hospital", True, False),
        ("stranger", "hospital", True, False),
        ("client", "stranger", True, False),
    ],
)
def test_the_archive_answers_who_shows_certificate_and_password(
    certificates, encrypted, tmp_path, shown, trusts, password, is_taken
):
    server, client, stranger = certificates
    orthanc, url = encrypted
    authority = {"hospital": server.ca_file, "stranger": stranger.ca_file}[trusts]
    settings = {"url": url, "ca_file": authority, "user": orthanc.user, "timeout_seconds": 5}
    if shown:
        settings |= {"client": client, "stranger": stranger}[shown].settings(authority)
    (tmp_path / "password").write_text(orthanc.password if password else "wrong", encoding="utf-8")
    settings["password_file"] = tmp_path / "password"
    archive = Archive(ArchiveSettings.model_validate(settings))
    if is_taken:
        assert archive.version()
        archive.check_dicomweb()
    else:
        with pytest.raises(ArchiveAway) as caught:
            archive.version()
        assert orthanc.password not in str(caught.value)


@pytest.mark.parametrize(
    ("allowed", "reason"),
    [
        (["MR1"], ""),
        (["MR1", "MR2"], ""),
        (["MR2"], "not all of it was sent by an AE title of the rule"),
        ([], ""),
    ],
)
def test_only_what_an_allowed_ae_title_sent_is_measured(orthanc, tmp_path, allowed, reason):
    from pynetdicom import AE

    files = small_study(tmp_path / "study", 1)
    entity = AE(ae_title="MR1")
    entity.add_requested_context("1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.1.2.1")
    association = entity.associate("127.0.0.1", orthanc.dicom_port, ae_title=orthanc.title)
    for path in files:
        assert association.send_c_store(path).Status == 0
    association.release()
    settings = {"url": orthanc.url, "user": orthanc.user, "password_file": tmp_path / "password"}
    (tmp_path / "password").write_text(orthanc.password, encoding="utf-8")
    archive = Archive(ArchiveSettings.model_validate(settings))
    study = archive.study(orthanc.call("/studies")[0])
    rule = RuleSettings(task="hippocampus", calling_titles=tuple(allowed))
    assert why_not(rule, study, lambda: archive.calling_titles(study)) == reason


def test_what_came_past_dicom_has_no_title_and_is_not_allowed(orthanc, tmp_path):
    for path in small_study(tmp_path / "study", 1):
        orthanc.store(path)
    (tmp_path / "password").write_text(orthanc.password, encoding="utf-8")
    settings = {"url": orthanc.url, "user": orthanc.user, "password_file": tmp_path / "password"}
    archive = Archive(ArchiveSettings.model_validate(settings))
    study = archive.study(orthanc.call("/studies")[0])
    rule = RuleSettings(task="hippocampus", calling_titles=("MR1",))
    assert why_not(rule, study, lambda: archive.calling_titles(study))


def test_own_results_without_a_manufacturer_are_known_by_their_device(orthanc, tmp_path):
    from quantseg.dicom.naming import DEVICE_UID
    from quantseg.node.site_choice import foreign

    for path in small_study(tmp_path / "ours", 1, Manufacturer="", DeviceUID=DEVICE_UID):
        orthanc.store(path)
    for path in small_study(tmp_path / "theirs", 1, Manufacturer="", SeriesInstanceUID="1.2.3.1.8"):
        orthanc.store(path)
    (tmp_path / "password").write_text(orthanc.password, encoding="utf-8")
    settings = {"url": orthanc.url, "user": orthanc.user, "password_file": tmp_path / "password"}
    study = Archive(ArchiveSettings.model_validate(settings)).study(orthanc.call("/studies")[0])
    assert [one.uid for one in foreign(study)] == ["1.2.3.1.8"]
