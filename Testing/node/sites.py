"""A site for tests: its settings, its node as a real process, and the small studies that come to it."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import numpy as np
from dicom_sources import COMPLETE
from made_dicom import study_fields, write_series
from standin_node import REFERENCE

from quantseg.jobs.job import Step
from quantseg.jobs.store import JobStore
from quantseg.node.event_log import EventLog
from quantseg.node.node import Node
from quantseg.node.settings_file import read_settings
from quantseg.node.study_work import ARRIVAL
from quantseg.tasks import registry
from quantseg.volume import Volume

_PATIENCE_SECONDS = 300.0
"""A busy machine takes its time to start processes; what comes earlier is not waited for."""
TESTING = Path(__file__).parents[1]
RULE = {"task": "hippocampus", "modalities": ["MR"], "destinations": ["home"], "options": {"threshold": 300.0}}
HOME = {"name": "home", "kind": "archive"}


def small_study(folder, seed, count=10, brightest=1000, **fields):
    """Write the study of a patient of its own: an MR series of a few small slices; return the files by place."""
    draw = np.random.default_rng(seed)
    array = draw.integers(0, 200, (16, 18, count)).astype(np.uint16)
    array[3:12, 4:14, 2:-2] = draw.integers(400, 900)
    array[0, 0, 0] = brightest
    affine = np.diag([2.0, 2.0, 3.0, 1.0])
    said = {
        **study_fields(3.0),
        **COMPLETE,
        "PatientID": f"PLANTED-{seed}",
        "PatientName": f"Planted^Number{seed}",
        "StudyInstanceUID": f"1.2.3.{seed}",
        "SeriesInstanceUID": f"1.2.3.{seed}.7",
        "SeriesDescription": "t1 mprage of Planted",
        **fields,
    }
    files = write_series(folder, Volume(array, affine), **said)
    return [path for _, path in sorted(zip(_places(files), files, strict=True))]


def _places(files):
    import pydicom

    return [float(pydicom.dcmread(path, stop_before_pixels=True).ImagePositionPatient[2]) for path in files]


class Site:
    """A node beside an archive.

    Args:
        folder: of the site.
        orthanc: that is followed.
        rule: changes to the one rule.
        destinations: beside the archive itself.
        tables: changes to the other tables.
    """

    def __init__(self, folder, orthanc, rule=None, destinations=(HOME,), database=None, **tables):
        self.folder = folder
        self.orthanc = orthanc
        self.database = database or str(folder / "queue.sqlite")
        folder.mkdir(exist_ok=True)
        (folder / "password").write_text(orthanc.password + "\n", encoding="utf-8")
        (folder / "password").chmod(0o600)
        self.config = folder / "node.toml"
        self.log = folder / "node.log"
        self._tables = {
            "archive": {"url": orthanc.url, "user": orthanc.user, "password_file": "password", "poll_seconds": 0.1},
            "queue": {"database": self.database, "lease_seconds": 2.0, "first_pause_seconds": 0.3},
            "work": {"folder": "work", "pdf": False, "memory_gib": 4.0},
            "complete": {"unchanged_seconds": 0.2},
            "watch": {"port": 0},
        }
        for name, changes in tables.items():
            self._tables[name] = {**self._tables[name], **changes}
        self._rule, self._destinations = {**RULE, **(rule or {})}, list(destinations)
        self.top = {}
        self._store = None
        self.write()

    def write(self, **rule):
        """Write the settings, with the rule changed."""
        self._rule |= rule
        lines = [f"{name} = {json.dumps(value)}" for name, value in self.top.items()]
        for name, table in self._tables.items():
            lines += [f"[{name}]", *_lines(table)]
        for table in self._destinations:
            lines += ["[[destination]]", *_lines(table)]
        lines += ["[[rule]]", *_lines(self._rule)]
        self.config.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def start(self, *arguments, **environment):
        """Start the node as a process of its own."""
        stream = self.log.open("ab")
        command = [sys.executable, str(TESTING / "standin_node.py"), "node", "run", "--config", str(self.config)]
        paths = {"PYTHONPATH": os.pathsep.join([str(TESTING.parent), str(TESTING)])}
        return subprocess.Popen(
            [*command, *arguments], stdout=stream, stderr=stream, env={**os.environ, **paths, **environment}
        )

    def once(self):
        """Let a node do all that has arrived, in this process: what measures is a process of its own all the same."""
        before = registry.TASKS["hippocampus"]
        registry.TASKS["hippocampus"] = REFERENCE
        try:
            with self.log.open("a", encoding="utf-8") as stream:
                Node(read_settings(self.config), EventLog(stream)).run(once=True)
        finally:
            registry.TASKS["hippocampus"] = before

    def store(self):
        """Open the queue, once."""
        if self._store is None:
            self._store = JobStore.open(self.database)
        return self._store

    def jobs(self):
        """Return the jobs of the rule, the first first."""
        found = [job for job in self.store().jobs() if job.kind != ARRIVAL]
        return sorted(found, key=lambda job: job.number)

    def arrivals(self):
        """Return the studies that were seen."""
        return self.store().jobs(kinds=[ARRIVAL])

    def events(self, name=None):
        """Return the lines of the log, those of one event alone."""
        lines = [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]
        return [line for line in lines if name in (None, line["event"])]

    def wait_for(self, what, seconds=_PATIENCE_SECONDS):
        """Wait until something holds and return it."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := what():
                return found
            time.sleep(0.1)
        raise AssertionError(f"waited {seconds:g} s; {self.log.read_text(encoding='utf-8')}")

    def wait_for_steps(self, *steps, seconds=_PATIENCE_SECONDS):
        """Wait until the jobs have reached steps, one a job."""
        wanted = [Step(step) for step in steps]
        return self.wait_for(lambda: [job.step for job in self.jobs()] == wanted and self.jobs(), seconds)


def _lines(table):
    plain = [f"{name} = {json.dumps(value)}" for name, value in table.items() if not isinstance(value, dict)]
    within = [
        f"{name}.{key} = {json.dumps(one)}"
        for name, value in table.items()
        if isinstance(value, dict)
        for key, one in value.items()
    ]
    return [*plain, *within]


def end(process, number=signal.SIGTERM):
    """End a node and wait until it is gone."""
    process.send_signal(number)
    return process.wait(60)


def send(orthanc, files):
    """Put files into the archive."""
    for path in files:
        orthanc.store(path)


def is_stable(orthanc):
    """Tell whether the archive calls all its studies stable."""
    return all(orthanc.call(f"/studies/{one}")["IsStable"] for one in orthanc.call("/studies"))


def own_objects(orthanc, study_uid=None):
    """Return tags of the objects in the archive that QuantSeg made."""
    found = []
    for series in orthanc.call("/series?expand"):
        if series["MainDicomTags"].get("Manufacturer") != "QuantSeg":
            continue
        for one in series["Instances"]:
            tags = orthanc.call(f"/instances/{one}/simplified-tags")
            if study_uid in (None, tags["StudyInstanceUID"]):
                found.append(tags)
    return found


def content_of(orthanc, orthanc_id):
    """Return an object as it lies in the archive."""
    request = urllib.request.Request(
        f"{orthanc.url}/instances/{orthanc_id}/file", headers={"Authorization": orthanc.authorization}
    )
    with urllib.request.urlopen(request) as answer:
        return answer.read()
