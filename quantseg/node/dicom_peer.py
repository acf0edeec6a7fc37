"""A DICOM node that takes results by C-STORE, over TLS where the site does not say otherwise."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quantseg.errors import QuantSegError
from quantseg.node.settings import DestinationSettings

if TYPE_CHECKING:
    from pydicom import Dataset
    from pynetdicom.association import Association

_DUPLICATE = 0x0111
_WARNINGS = range(0xB000, 0xC000)
_VERIFICATION = "1.2.840.10008.1.1"
_MOST_CONTEXTS = 128


class PeerRefused(QuantSegError):
    """The other side is away, or does not take what it is sent; later it may."""


class DicomPeer:
    """Sends to one DICOM node.

    Args:
        settings: where it is, and how it is spoken to.
    """

    def __init__(self, settings: DestinationSettings) -> None:
        self._settings = settings

    def echo(self) -> None:
        """Ask whether it is there and takes our titles and certificate.

        Raises:
            PeerRefused: it is not, or does not.
        """
        association = self._associate({(_VERIFICATION, "1.2.840.10008.1.2")})
        try:
            self._check(association.send_c_echo(), "the verification")
        finally:
            association.release()

    def send(self, paths: Sequence[Path]) -> None:
        """Send objects; those that it has already count as sent.

        Raises:
            PeerRefused: one was not taken; those before it were.
        """
        import pydicom

        datasets = [pydicom.dcmread(path) for path in paths]
        wanted = {(str(one.SOPClassUID), str(one.file_meta.TransferSyntaxUID)) for one in datasets}
        association = self._associate(wanted)
        try:
            for path, one in zip(paths, datasets, strict=True):
                self._send_one(association, one, path.name)
        finally:
            if association.is_established:
                association.release()

    def _send_one(self, association: Association, dataset: Dataset, name: str) -> None:
        try:
            answer = association.send_c_store(dataset)
        except (ValueError, RuntimeError) as error:
            # The message of the first repeats values; the second is a connection that is gone.
            raise PeerRefused(f"{self._who} does not take {name} ({type(error).__name__}).") from None
        self._check(answer, name)

    def _check(self, answer: Any, name: str) -> None:
        status = answer.get("Status") if answer else None
        if status is None:
            raise PeerRefused(f"{self._who} broke off at {name}.")
        if status not in (0, _DUPLICATE) and status not in _WARNINGS:
            raise PeerRefused(f"{self._who} answered {name} with status 0x{status:04X}.")

    def _associate(self, wanted: set[tuple[str, str]]) -> Association:
        from pynetdicom import AE

        settings = self._settings
        entity = AE(ae_title=settings.calling_title)
        seconds = settings.timeout_seconds
        entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = entity.connection_timeout = seconds
        for class_uid, transfer_syntax in sorted(wanted)[:_MOST_CONTEXTS]:
            entity.add_requested_context(class_uid, transfer_syntax)
        encrypted: dict[str, Any] = {"tls_args": (self._tls(), settings.host)} if settings.tls else {}
        association = entity.associate(settings.host, settings.port, ae_title=settings.called_title, **encrypted)
        if not association.is_established:
            why = "rejected our AE titles" if association.is_rejected else "does not answer, or refused the connection"
            raise PeerRefused(f"{self._who} {why}.")
        return association

    def _tls(self) -> ssl.SSLContext:
        settings = self._settings
        try:
            context = ssl.create_default_context(cafile=settings.ca_file)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            if settings.certificate_file is not None and settings.key_file is not None:
                context.load_cert_chain(settings.certificate_file, settings.key_file)
        except (OSError, ssl.SSLError) as error:
            raise PeerRefused(
                f"The certificates of destination {settings.name!r} cannot be read ({type(error).__name__}); see to "
                "ca_file, certificate_file and key_file."
            ) from None
        return context

    @property
    def _who(self) -> str:
        return f"Destination {self._settings.name!r}"
