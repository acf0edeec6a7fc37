"""From nothing to a picture in the browser: an archive, a public study in it, a node that measures it, and a viewer."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quantseg.child_process import ChildProcess
from quantseg.errors import QuantSegError
from quantseg.node.local_orthanc import LocalOrthanc
from quantseg.node.sample_study import write_sample_study
from quantseg.node.viewer_server import ViewerServer, study_address
from quantseg.resources import resources_folder
from quantseg.tasks.contract import Samples, Task

_LOOK_SECONDS = 0.5
_RESULT_SECONDS = 1800
_UNCHANGED_SECONDS = 2
# By which a study's last result is known: of each task there is one.
_REPORT = "SR"
_MODALITIES = {
    "SEG": "segmentation",
    "SR": "measurements",
    "DOC": "report",
    "OT": "pictures",
}

Say = Callable[[str], None]


@dataclass
class Demo:
    """One run of the demo; a context manager, at whose end everything it started has ended.

    Attributes:
        task: what is measured.
        samples: of the task, with a study among them.
        folder: receives the archive, the node's own files and the study.
        print_pdf: whether there is a browser that prints the report.
        say: is told what happens, a line each.
    """

    task: Task[Any, Any]
    samples: Samples[Any]
    folder: Path
    print_pdf: bool
    say: Say
    _ending: contextlib.ExitStack = field(default_factory=contextlib.ExitStack, init=False, repr=False)

    def __enter__(self) -> Demo:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._ending.close()

    def start_archive(self) -> LocalOrthanc:
        """Start an Orthanc of the demo's own."""
        archive = LocalOrthanc(self.folder / "orthanc", settings={"StableAge": 1})
        archive.start()
        self._ending.callback(archive.stop)
        self.say(
            f"Archive: Orthanc {archive.call('/system')['Version']} at {archive.url}, user {archive.user}, with a "
            "password of this run. It listens on all addresses of this machine, but answers nobody who calls from "
            "elsewhere (RemoteAccessAllowed: false), and takes no DICOM connection."
        )
        return archive

    def send_study(self, archive: LocalOrthanc) -> str:
        """Send the sample and return its StudyInstanceUID."""
        study = self.samples.study
        assert study is not None
        files = write_sample_study(resources_folder() / "SampleData" / study.file, study, self.folder / "study")
        for path in files:
            archive.store(path)
        (found,) = archive.call("/dicom-web/studies")
        self.say(f"Sent: a study of {len(files)} images, made from {study.file}, which ships with QuantSeg.")
        return str(found["0020000D"]["Value"][0])

    def start_node(self, archive: LocalOrthanc) -> ChildProcess:
        """Start a node that measures what arrives, as ``quantseg node run`` does anywhere."""
        secret = self.folder / "password.txt"
        secret.touch(mode=0o600)
        secret.write_text(archive.password, encoding="utf-8")
        configuration = self.folder / "node.toml"
        configuration.write_text(self._node_toml(archive, secret), encoding="utf-8")
        command = [sys.executable, "-m", "quantseg", "node", "run", "--config", str(configuration)]
        node = ChildProcess(command, os.environ)
        self._ending.callback(node.cancel)
        self.say(f"Node: quantseg node run --config {configuration}")
        return node

    def results(self, archive: LocalOrthanc, study_uid: str, node: ChildProcess) -> Iterator[str]:
        """Yield a line for each result as it arrives in the archive, until all are there.

        Raises:
            QuantSegError: the node ended, or none came.
        """
        seen: set[str] = set()
        deadline = time.monotonic() + _RESULT_SECONDS
        said: list[str] = []
        while _REPORT not in seen:
            said += node.new_lines()
            failed = [line for line in said if '"event": "failed"' in line]
            if failed or node.exit_status is not None or time.monotonic() > deadline:
                last = (failed or said or ["it said nothing"])[-1]
                raise QuantSegError(f"No result arrived in the archive; the node's last word was: {last}.")
            time.sleep(_LOOK_SECONDS)
            yield from self._new_series(archive, study_uid, seen)
        # What is sent after the measurements, if anything.
        time.sleep(_UNCHANGED_SECONDS)
        yield from self._new_series(archive, study_uid, seen)

    def serve_viewer(self, viewer: Path, archive: LocalOrthanc, study_uid: str, port: int) -> str:
        """Serve the viewer, read-only, and return the address of the study in it."""
        server = ViewerServer(viewer, archive.http_port, archive.authorization, "QuantSeg demo", port)
        server.start()
        self._ending.callback(server.stop)
        return study_address(server.url, study_uid)

    def _new_series(self, archive: LocalOrthanc, study_uid: str, seen: set[str]) -> Iterator[str]:
        fields = "?includefield=0008103E"
        for one in archive.call(f"/dicom-web/studies/{study_uid}/series{fields}"):
            modality, uid = (str(one[tag]["Value"][0]) for tag in ("00080060", "0020000E"))
            if modality not in _MODALITIES or uid in seen:
                continue
            seen |= {uid, modality}
            description = one.get("0008103E", {}).get("Value", [_MODALITIES[modality]])[0]
            yield f"Arrived: {modality}, {description}"

    def _node_toml(self, archive: LocalOrthanc, secret: Path) -> str:
        """Return the node's settings; strings and numbers of JSON are those of TOML, too."""
        default = self.task.options()
        options = {
            one.name: value
            for one in dataclasses.fields(self.samples.options)
            if (value := getattr(self.samples.options, one.name)) != getattr(default, one.name)
        }
        tables: dict[str, dict[str, Any]] = {
            "archive": {
                "url": archive.url,
                "user": archive.user,
                "password_file": str(secret),
                "since": "beginning",
                "poll_seconds": 0.5,
            },
            "queue": {"database": str(self.folder / "queue.sqlite")},
            "work": {"folder": str(self.folder / "work"), "pdf": self.print_pdf},
            "complete": {"unchanged_seconds": _UNCHANGED_SECONDS},
            "watch": {"port": 0},
            "[rule]": {"task": self.task.name, "destinations": ["archive"]},
            "rule.options": options,
            "[destination]": {"name": "archive", "kind": "archive"},
        }
        return "\n".join(
            f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in table.items())
            for name, table in tables.items()
        )
