"""What a site says of its node, table by table of ``node.toml``."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from quantseg.errors import UsageError
from quantseg.node.study_work import ARRIVAL

_LONGEST_TITLE = 16


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression ({error})") from None
    return text


def _title(text: str) -> str:
    if not 0 < len(text.strip()) <= _LONGEST_TITLE or "\\" in text or not text.isprintable():
        raise ValueError(f"{text!r} is no AE title, expected 1 to {_LONGEST_TITLE} letters")
    return text


Pattern = Annotated[str, AfterValidator(_pattern)]
Title = Annotated[str, AfterValidator(_title)]


def is_this_machine(host: str) -> bool:
    """Tell whether a name or address means the machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"since names {text!r}, which is no day") from None


def refuse_password(url: str, name: str) -> None:
    """Refuse an address with a user or password in it, before a message could repeat it."""
    if "@" in url:
        raise ValueError(f"{name} holds a user; give user and password_file or password_env instead")


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Secret(_Table):
    """A password that stands in a file or in the environment, and never in ``node.toml``.

    Attributes:
        password_file: its first line is the password.
        password_env: name of a variable that holds it.
    """

    password_file: Path | None = None
    password_env: str | None = None

    def password(self) -> str | None:
        """Return the password; None where none was named.

        Raises:
            UsageError: the file cannot be read, or the variable is not set.
        """
        if self.password_file is not None:
            try:
                return self.password_file.read_text(encoding="utf-8").splitlines()[0].strip()
            except (OSError, IndexError, UnicodeDecodeError) as error:
                raise UsageError(
                    f"password_file {self.password_file} cannot be read ({type(error).__name__}), expected the "
                    "password in its first line."
                ) from None
        if self.password_env is not None:
            found = os.environ.get(self.password_env)
            if not found:
                raise UsageError(f"password_env names {self.password_env}, which is not set in the environment.")
            return found
        return None


class Encrypted(_Table):
    """How a connection is encrypted, and who proves by a certificate who he is.

    Attributes:
        ca_file: certificates of those whom the other side's certificate must come from; by default the system's.
        certificate_file: our own, shown to the other side.
        key_file: private key of that certificate.
        plain: allow a connection without encryption to another machine.
    """

    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    plain: bool = False

    @model_validator(mode="after")
    def _pair(self) -> Self:
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("certificate_file and key_file belong together; name both or none")
        for path in (self.ca_file, self.certificate_file, self.key_file):
            if path is not None and not path.is_file():
                raise ValueError(f"{path} is no file")
        return self


class ArchiveSettings(Secret, Encrypted):
    """The Orthanc that is followed.

    Attributes:
        url: of its REST interface.
        dicomweb: path of its DICOMweb plugin below it.
        user: who logs in.
        poll_seconds: how often it is asked for changes.
        timeout_seconds: after which it does not answer.
        since: from when on studies are measured when the queue is new: "now", "beginning", or a date YYYY-MM-DD.
    """

    url: str
    dicomweb: str = "dicom-web"
    user: str = ""
    poll_seconds: float = Field(default=2.0, gt=0)
    timeout_seconds: float = Field(default=60.0, gt=0)
    since: str = Field(default="now", pattern=r"^(now|beginning|\d{4}-\d{2}-\d{2})$")

    @model_validator(mode="after")
    def _address(self) -> Self:
        refuse_password(self.url, "url")
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{self.url!r} is no address, expected one such as https://orthanc:8042")
        if parts.scheme == "http" and not (self.plain or is_this_machine(parts.hostname)):
            raise ValueError(
                f"{self.url!r} is not encrypted; use https, or say plain = true where that is as it must be"
            )
        if self.since not in ("now", "beginning"):
            _day(self.since)
        return self


class QueueSettings(Secret):
    """Where the queue lies.

    Attributes:
        database: path of a file, or URL of a PostgreSQL, which several machines may share.
        lease_seconds: after which another node takes up what a dead one had in hand.
        first_pause_seconds: before a step that failed is tried again; twice as long each time.
        longest_pause_seconds: between two attempts.
    """

    database: str = "queue.sqlite"
    lease_seconds: float = Field(default=20.0, gt=0)
    first_pause_seconds: float = Field(default=5.0, gt=0)
    longest_pause_seconds: float = Field(default=3600.0, gt=0)

    @model_validator(mode="after")
    def _no_password(self) -> Self:
        if "://" in self.database and (urlsplit(self.database).password or "password=" in self.database):
            raise ValueError("database holds a password; give password_file or password_env instead")
        return self


class WorkSettings(_Table):
    """How studies are measured.

    Attributes:
        folder: of this node alone, on a disk with room for the studies in hand; nobody else may read it.
        workers: studies that are in hand at a time.
        memory_gib: that the processes of one study may take.
        minutes: that a study may take.
        attempts: how often a study is tried whose measuring breaks off.
        studies_a_process: after which a process gives way to a fresh one.
        pdf: whether a printed report is among the objects.
    """

    folder: Path = Path("work")
    workers: int = Field(default=1, ge=1)
    memory_gib: float = Field(default=8.0, gt=0)
    minutes: float = Field(default=60.0, gt=0)
    attempts: int = Field(default=3, ge=1)
    studies_a_process: int = Field(default=50, ge=1)
    pdf: bool = True


class CompleteSettings(_Table):
    """When a study counts as complete.

    Attributes:
        unchanged_seconds: it must be what it is for so long, and Orthanc call it stable.
    """

    unchanged_seconds: float = Field(default=30.0, ge=0)


class RuleSettings(_Table):
    """Which studies go to a task, and where their results go. Patterns are regular expressions, whatever the case.

    Attributes:
        task: that measures.
        name: of the rule; by default the task's.
        modalities: of which the study must hold a series.
        study_description: patterns, of which StudyDescription must fit one; none lets all through.
        description: patterns, of which some SeriesDescription must fit one; none lets all through.
        protocol: patterns, of which some ProtocolName must fit one; none lets all through.
        leave_out: patterns for StudyDescription of studies that are left alone.
        calling_titles: AE titles that every image of the study must have been sent by; none lets all through.
        destinations: names of those that the results go to.
        options: the task's own.
    """

    task: str
    name: str = ""
    modalities: tuple[str, ...] = ()
    study_description: tuple[Pattern, ...] = ()
    description: tuple[Pattern, ...] = ()
    protocol: tuple[Pattern, ...] = ()
    leave_out: tuple[Pattern, ...] = ()
    calling_titles: tuple[Title, ...] = ()
    destinations: tuple[str, ...] = ()
    options: Mapping[str, str | int | float | bool] = Field(default_factory=dict)

    @property
    def key(self) -> str:
        """The name by which queue, log and metrics call it."""
        return self.name or self.task


class DestinationKind(Enum):
    """What takes results."""

    ARCHIVE = "archive"
    DICOM = "dicom"


class DestinationSettings(Encrypted):
    """Where results go.

    Attributes:
        name: by which rules call it.
        kind: the Orthanc that is followed, or a DICOM node that takes C-STORE.
        host: of the DICOM node.
        port: of the DICOM node.
        called_title: AE title of the DICOM node.
        calling_title: AE title of ours.
        tls: whether the connection is encrypted.
        timeout_seconds: after which it does not answer.
    """

    name: str
    kind: DestinationKind
    host: str = ""
    port: int = Field(default=0, ge=0, le=65535)
    called_title: Title = "ANY-SCP"
    calling_title: Title = "QUANTSEG"
    tls: bool = True
    timeout_seconds: float = Field(default=30.0, gt=0)

    @model_validator(mode="after")
    def _place(self) -> Self:
        if self.kind is DestinationKind.ARCHIVE:
            return self
        if not self.host or not self.port:
            raise ValueError(f"destination {self.name!r} lacks host or port")
        if not self.tls and not (self.plain or is_this_machine(self.host)):
            raise ValueError(
                f"destination {self.name!r} is not encrypted; drop tls = false, or say plain = true where that is as "
                "it must be"
            )
        return self


class WatchSettings(_Table):
    """Where health and metrics can be asked for.

    Attributes:
        host: address to listen on.
        port: of it; 0 for none.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=9117, ge=0, le=65535)


class NodeSettings(_Table):
    """The whole of ``node.toml``.

    Attributes:
        archive: that is followed.
        queue: where the queue lies.
        work: how studies are measured.
        complete: when a study counts as complete.
        rule: which studies go where, in order.
        destination: where results go.
        watch: where health and metrics can be asked for.
        series_rules: the site's rules on which series are measured, as ``quantseg dicom --rules`` takes them.
        accept_licences: SPDX identifiers of licences that forbid commercial use and that the site agrees to.
    """

    archive: ArchiveSettings
    queue: QueueSettings = QueueSettings()
    work: WorkSettings = WorkSettings()
    complete: CompleteSettings = CompleteSettings()
    rule: tuple[RuleSettings, ...] = Field(min_length=1)
    destination: tuple[DestinationSettings, ...] = ()
    watch: WatchSettings = WatchSettings()
    series_rules: Path | None = None
    accept_licences: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _names(self) -> Self:
        keys = [one.key for one in self.rule]
        if ARRIVAL in keys:
            raise ValueError(f"no rule can be called {ARRIVAL!r}, which the queue uses itself; give it another name")
        names = [one.name for one in self.destination]
        for what, given in (("rules", keys), ("destinations", names)):
            doubled = sorted({one for one in given if given.count(one) > 1})
            if doubled:
                raise ValueError(f"two {what} are called {doubled[0]!r}; give each a name of its own")
        for rule in self.rule:
            for name in rule.destinations:
                if name not in names:
                    raise ValueError(f"rule {rule.key!r} names destination {name!r}, which there is none of")
        return self

    def rule_of(self, key: str) -> RuleSettings:
        """Return the rule of a name."""
        return next(one for one in self.rule if one.key == key)
