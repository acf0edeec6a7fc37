"""Many small studies through a real node and a real archive while both are killed and the disk runs full.

    python Testing/benchmarks/node_soak.py --studies 1000 --seed 17

Slices come shuffled, doubled and late, some studies are damaged. In the end every study has its own results, once and
under its own patient, or a reason; otherwise this fails. With ``--at-once`` all studies are there when the node starts,
whole and sound, and nothing goes wrong: what is tried is how much it takes at a time. A stand-in that thresholds
measures, not a network: what is tried is the node. Needs Linux, Orthanc, and a user who may make network namespaces and
mount (else no disk is filled).
"""

import argparse
import json
import math
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

_TESTING = Path(__file__).parents[1]
sys.path[:0] = [str(_TESTING.parent), str(_TESTING), str(_TESTING / "node")]

import psutil  # noqa: E402
import pydicom  # noqa: E402
from full_disks import SmallDisk, may_mount  # noqa: E402
from orthanc_server import network_of_its_own, orthanc_in  # noqa: E402
from sites import Site, end, own_objects, small_study  # noqa: E402

from quantseg.errors import QuantSegError  # noqa: E402
from quantseg.jobs.job import Step  # noqa: E402

_SLICES = 10
_KINDS = ("plain", "plain", "plain", "doubled", "late", "damaged")
_SHARE_IN_TROUBLE = 0.8
_MIB = 1024**2
_SAY_SECONDS = 60.0
_MOST_WAITING = 100
"""A slow machine would else hold everything of a long run at a time, in its archive and in its sender."""


@dataclass
class Soak:
    """One run.

    Attributes:
        folder: for everything.
        studies: how many.
        seed: of all that is drawn.
        workers: of the node.
        faults: kinds of what goes wrong, in turn, every few seconds.
        pause_seconds: between two faults, on average.
        kinds: of studies.
        at_once: all are there when the node starts.
        minutes: after which no further study is sent, and what was sent is carried to its end.
        say: is told now and then how far it is.
    """

    folder: Path
    studies: int
    seed: int
    workers: int = 2
    faults: tuple[str, ...] = ("kill node", "fill disk", "kill node", "kill archive")
    pause_seconds: float = 15.0
    kinds: tuple[str, ...] = _KINDS
    at_once: bool = False
    minutes: float = math.inf
    say: Callable[[str], None] = lambda _said: None
    done: Counter = field(default_factory=Counter)
    restarts_seconds: list[float] = field(default_factory=list)
    most_mib: float = 0.0
    most_measuring: int = 0
    most_in_hand: int = 0

    def __post_init__(self):
        self._draw = random.Random(self.seed)
        self._archive_is_up = threading.Event()
        self._archive_is_up.set()
        self._said_at = time.monotonic()

    def run(self):
        """Do it and return what came of it."""
        began = time.monotonic()
        with ExitStack() as leaving:
            leaving.enter_context(network_of_its_own())
            self.orthanc = orthanc_in(self.folder / "orthanc")
            self.orthanc.start()
            leaving.callback(self.orthanc.kill)
            self._disk = None
            place = self.folder / "disk"
            if may_mount():
                self._disk = SmallDisk(place, 64 * 1024)
                leaving.callback(self._disk.unmount)
            self.site = Site(
                self.folder / "site",
                self.orthanc,
                work={"folder": str(place / "work"), "workers": self.workers, "memory_gib": 2.0, "attempts": 30},
                database=str(place / "queue.sqlite"),
                archive={"since": "beginning"},
                queue={"first_pause_seconds": 0.5, "longest_pause_seconds": 4.0},
            )
            self.kind_of = {number: self._draw.choice(self.kinds) for number in range(1, self.studies + 1)}
            sender = threading.Thread(target=self._send_all, daemon=True)
            sender.start()
            if self.at_once:
                sender.join()
            self._node = self._start()
            leaving.callback(lambda: end(self._node, signal.SIGKILL))
            self._go_wrong()
            sender.join()
            self._wait_for_the_end()
            return self._report(time.monotonic() - began)

    def _start(self):
        began = time.monotonic()
        before = len(self.site.events("started")) if self.site.log.exists() else 0
        node = self.site.start()
        self.site.wait_for(lambda: self.site.log.exists() and len(self.site.events("started")) > before)
        self.restarts_seconds.append(time.monotonic() - began)
        return node

    def _send_all(self):
        later, began = [], time.monotonic()
        for number, kind in list(self.kind_of.items()):
            if time.monotonic() - began > self.minutes * 60:
                self.kind_of = {one: kind for one, kind in self.kind_of.items() if one < number}
                break
            while not self.at_once and number - self._ended() > _MOST_WAITING:
                time.sleep(0.5)
            files = small_study(self.folder / "studies" / f"{number}", number, count=_SLICES)
            if kind == "damaged":
                for path in files:
                    image = pydicom.dcmread(path)
                    image.PixelData = image.PixelData[:40]
                    image.save_as(path)
            self._draw_order(files)
            if kind == "late":
                later.append(files[6:])
                files = files[:6]
            self._store([*files, *files[:4]] if kind == "doubled" else files)
            if len(later) > 3:
                self._store(later.pop(0))
        for files in later:
            self._store(files)
        self.studies = len(self.kind_of)

    def _draw_order(self, files):
        random.Random(f"{self.seed} {files[0]}").shuffle(files)

    def _store(self, files):
        for path in files:
            while True:
                self._archive_is_up.wait()
                try:
                    self.orthanc.store(path)
                    break
                except QuantSegError:
                    time.sleep(0.2)

    def _go_wrong(self):
        turn = 0
        # The last studies are left in peace, or a slow machine would never come to their end.
        while self.faults and (turn < len(self.faults) or self._share_done() < _SHARE_IN_TROUBLE):
            self._watch(self._draw.uniform(0.5, 1.5) * self.pause_seconds)
            if self._share_done() == 1:
                break
            fault = self.faults[turn % len(self.faults)]
            turn += 1
            if fault == "kill node":
                end(self._node, signal.SIGKILL)
                self._node = self._start()
            elif fault == "fill disk" and self._disk is not None:
                # The node writes meanwhile, and may take the last of the room first.
                with suppress(OSError):
                    self._disk.fill(left_kib=self._draw.choice([0, 40, 400]))
                self._watch(2.0)
                self._disk.free()
            elif fault == "kill archive":
                self._archive_is_up.clear()
                self.orthanc.kill()
                self._watch(1.0)
                self.orthanc.start()
                self._archive_is_up.set()
            else:
                continue
            self.done[fault] += 1

    def _watch(self, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                node = psutil.Process(self._node.pid)
                children = [one for one in node.children() if "spawn_main" in " ".join(one.cmdline())]
                self.most_measuring = max(self.most_measuring, len(children))
                self.most_mib = max(self.most_mib, sum(one.memory_info().rss for one in [node, *children]) / _MIB)
            except psutil.Error:
                pass
            with suppress(QuantSegError):
                self.most_in_hand = max(self.most_in_hand, sum(job.owner is not None for job in self.site.jobs()))
            if time.monotonic() - self._said_at > _SAY_SECONDS:
                self._said_at = time.monotonic()
                self.say(f"{self._share_done():.1%} done, {self.most_mib:.0f} MiB at most, {dict(self.done)}")
            time.sleep(0.25)

    def _ended(self):
        return sum(job.step.is_end and job.step is not Step.SUPERSEDED for job in self.site.jobs())

    def _share_done(self):
        return self._ended() / self.studies

    def _is_done(self):
        return len(self.site.jobs()) >= self.studies and all(job.step.is_end for job in self.site.jobs())

    def _wait_for_the_end(self):
        quiet = 0
        while quiet < 3:
            assert self._node.poll() is None, self.site.log.read_text(encoding="utf-8")[-3000:]
            self._watch(1.0)
            waiting = [one for one in self.site.arrivals() if one.step is Step.RECEIVED]
            quiet = quiet + 1 if self._is_done() and not waiting else 0

    def _report(self, seconds):
        wrong = self._what_is_wrong()
        steps = Counter(job.step.value for job in self.site.jobs())
        return {
            "studies": self.studies,
            "seconds": round(seconds, 1),
            "kinds": dict(Counter(self.kind_of.values())),
            "faults": dict(self.done),
            "jobs": dict(steps),
            "measured": len(self.site.events("measured")),
            "slowest_start_seconds": round(max(self.restarts_seconds), 1),
            "most_in_hand": self.most_in_hand,
            "most_measuring_processes": self.most_measuring,
            "most_memory_mib": round(self.most_mib),
            "wrong": wrong,
        }

    def _what_is_wrong(self):
        found = {}
        for tags in own_objects(self.orthanc):
            found.setdefault(tags["StudyInstanceUID"], []).append(tags)
        latest = {job.data["study"]: job for job in self.site.jobs() if job.step is not Step.SUPERSEDED}
        wrong = []
        for number, kind in self.kind_of.items():
            objects = found.pop(f"1.2.3.{number}", [])
            (study,) = self.orthanc.call("/tools/lookup", f"1.2.3.{number}".encode())
            job = latest.get(study["ID"])
            if job is None:
                wrong.append(f"{number} ({kind}): lost")
            elif kind == "damaged":
                if objects or job.step is not Step.FAILED or not job.reason:
                    wrong.append(f"{number} ({kind}): {len(objects)} objects, {job.step.value} {job.reason}")
            elif job.step is not Step.STORED or sorted(one["Modality"] for one in objects) != ["OT", "SEG", "SR"]:
                wrong.append(f"{number} ({kind}): {len(objects)} objects, {job.step.value} {job.reason}")
            elif {one["PatientID"] for one in objects} != {f"PLANTED-{number}"}:
                wrong.append(f"{number} ({kind}): under a wrong patient")
            elif _slices(objects) != _SLICES:
                wrong.append(f"{number} ({kind}): made from {_slices(objects)} slices")
        return wrong + [f"results of a study that was never sent: {uid}" for uid in found]


def _slices(objects):
    (segmentation,) = (one for one in objects if one["Modality"] == "SEG")
    return len(segmentation["ReferencedSeriesSequence"][0]["ReferencedInstanceSequence"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=17)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--pause", type=float, default=15.0, metavar="SECONDS", help="between two faults, on average")
    parser.add_argument("--minutes", type=float, default=math.inf, help="after which no further study is sent")
    parser.add_argument("--at-once", action="store_true", help="all are there when the node starts; nothing goes wrong")
    options = parser.parse_args()
    changed = {"faults": (), "kinds": ("plain",), "at_once": True} if options.at_once else {}
    with tempfile.TemporaryDirectory(prefix="quantseg-soak-") as folder:
        run = Soak(Path(folder), options.studies, options.seed, options.workers, pause_seconds=options.pause, **changed)
        run.minutes = options.minutes
        run.say = lambda said: print(f"{time.strftime('%H:%M:%S')} {said}", file=sys.stderr, flush=True)
        said = run.run()
    print(json.dumps(said, indent=2))
    return 1 if said["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
