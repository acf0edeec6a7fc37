"""What a node takes out of an archive, and what it never does, whatever stands in a queue or in a note."""

import io
import itertools
import json

import pydicom
import pytest
from sites import Site, send, small_study
from standin_node import REFERENCE

from quantseg.dicom.naming import DEVICE_UID
from quantseg.jobs.job import NewJob, Step
from quantseg.node.archive import Archive
from quantseg.node.delivering import Deliverer, Withdrawn
from quantseg.node.event_log import EventLog
from quantseg.node.node import Node
from quantseg.node.notes import Notes
from quantseg.node.settings_file import read_settings
from quantseg.node.study_work import DoneMark, ResultObject, StudyWork, subject_of
from quantseg.tasks import registry

_OURS = {"Manufacturer": "QuantSeg", "DeviceUID": DEVICE_UID}
_DRAFT = {**_OURS, "SeriesDescription": "DRAFT hippocampus segmentation, QuantSeg, research use only"}
_PACS = {"name": "pacs", "kind": "dicom", "host": "127.0.0.1", "port": 1, "called_title": "PACS", "tls": False}
_HOME = {"name": "home", "kind": "archive"}
_SEEDS = itertools.count(1)


class Grown:
    """A study in an archive, and what a node left there of its earlier state.

    Args:
        folder: for all of it.
        orthanc: the archive.
        site: whose node left it.
    """

    def __init__(self, folder, orthanc, site):
        self.folder, self.orthanc, self.site = folder, orthanc, site
        self.seed = next(_SEEDS)
        send(orthanc, small_study(folder / "study", self.seed, count=2, StudyDescription="head"))
        self.study = self.find(self.seed)
        settings = read_settings(site.config)
        archive = Archive(settings.archive)
        self.notes = Notes(archive, "one", 20.0)
        self.deliverer = Deliverer(archive, settings.destination, site.store(), self.notes)

    def find(self, seed):
        """Return the archive's name of a study."""
        found = self.orthanc.call("/tools/lookup", f"1.2.3.{seed}".encode())
        return next(one["ID"] for one in found if one["Type"] == "Study")

    def leave(self, seed=None, **fields):
        """Put an object into the archive, of this study or of another, and return it as a queue or a note names it."""
        seed = seed or self.seed
        (path,) = small_study(
            self.folder / f"object{seed}", seed, 1, SeriesInstanceUID=f"1.2.3.{seed}.99", SeriesNumber=99
        )
        image = pydicom.dcmread(path)
        image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.{seed}.99.1"
        for keyword, value in fields.items():
            setattr(image, keyword, value)
        image.save_as(path)
        send(self.orthanc, [path])
        uids = {"uid": image.SOPInstanceUID, "class_uid": image.SOPClassUID, "series_uid": image.SeriesInstanceUID}
        return ResultObject(file="one/made.dcm", sha256="0", is_report=True, **uids)

    def is_there(self, named):
        """Tell whether the archive has an object."""
        return bool(self.orthanc.call("/tools/lookup", named.uid.encode()))

    def note(self, *objects):
        """Let a note say that objects are results."""
        mark = DoneMark(fingerprint="old", content="c", objects=objects, delivered=("home",))
        self.notes.note_done(self.study, "hippocampus", mark)

    def job(self):
        """Return the job about what the study holds now."""
        work = StudyWork(study=self.study, fingerprint="new")
        self.site.store().put([NewJob("hippocampus", subject_of(self.study), "new", data=work.model_dump())])
        return self.site.jobs()[-1]


@pytest.fixture
def grown(shared_orthanc, tmp_path, monkeypatch):
    monkeypatch.setitem(registry.TASKS, "hippocampus", REFERENCE)
    return Grown(tmp_path, shared_orthanc, Site(tmp_path / "site", shared_orthanc, destinations=[_HOME, _PACS]))


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="an image of the scanner"),
        pytest.param({**_DRAFT, "DeviceUID": "1.2.3"}, id="what another device calls ours"),
        pytest.param({**_DRAFT, "Manufacturer": "Other"}, id="what another manufacturer made"),
        pytest.param({**_OURS, "SeriesDescription": "APPROVED hippocampus segmentation"}, id="an approved result"),
        pytest.param({**_DRAFT, "seed": 1000}, id="a result of another patient's study"),
    ],
)
def test_a_note_that_names_what_no_node_made_of_the_study_has_nothing_deleted(grown, fields):
    named = grown.leave(**fields)
    grown.note(named)
    job = grown.job()
    assert grown.deliverer.withdraw(job, ()) == Withdrawn(0, 1)
    assert grown.is_there(named)
    # Nor does it stand for results.
    assert grown.deliverer.already_there(job, "c") is None


def test_a_draft_that_a_node_made_of_the_study_is_deleted(grown):
    named = grown.leave(**_DRAFT)
    grown.note(named)
    job = grown.job()
    assert grown.deliverer.already_there(job, "c").objects == (named,)
    assert grown.deliverer.withdraw(job, (named,)) == Withdrawn(0, 0)
    assert grown.is_there(named)
    assert grown.deliverer.withdraw(job, ()) == Withdrawn(1, 0)
    assert not grown.is_there(named)


def test_no_report_says_that_it_takes_the_place_of_somebody_elses(grown):
    own, theirs = grown.leave(**_DRAFT), grown.leave(seed=2000)
    job = grown.job()
    mark = DoneMark(fingerprint="old", objects=(own, theirs), delivered=("pacs",))
    grown.notes.note_done(grown.study, "hippocampus", mark)
    assert grown.deliverer.predecessors(job) == (own,)


def _run(site):
    said = io.StringIO()
    Node(read_settings(site.config), EventLog(said)).run(once=True)
    return [json.loads(line) for line in said.getvalue().splitlines()]


@pytest.mark.parametrize("refused", ["by the rule", "for its two patients"])
@pytest.mark.parametrize("known", ["from the queue", "from the note of another node"])
def test_of_a_study_that_grew_and_is_measured_no_more_the_earlier_results_go(grown, refused, known):
    """Nothing of them would be of what the study holds now; a PACS, from which nothing is deleted, is named."""
    named, site = grown.leave(**_DRAFT), grown.site
    if known == "from the queue":
        work = StudyWork(study=grown.study, content="c", objects=(named,), delivered=("home", "pacs"))
        data = work.model_dump(mode="json")
        site.store().put([NewJob("hippocampus", subject_of(grown.study), "old", Step.STORED, data=data)])
    else:
        grown.note(named)
    site.store().put([], {"last change": str(grown.orthanc.call("/changes?last")["Last"])})
    if refused == "by the rule":
        site.write(leave_out=["head"])
        step, reason = Step.PASSED_OVER, "fits the rule no longer (the site leaves such studies out)"
    else:
        step, reason = Step.FAILED, "under 2 PatientIDs"
        send(grown.orthanc, small_study(grown.folder / "other", grown.seed, 1, PatientID="PLANTED-SOMEBODY-ELSE"))
    more = small_study(grown.folder / "more", grown.seed, 3, SeriesInstanceUID=f"1.2.3.{grown.seed}.8")
    send(grown.orthanc, more)
    events = _run(site)
    (job,) = (one for one in site.jobs() if one.content != "old" and one.data["study"] == grown.study)
    assert (job.step, grown.is_there(named)) == (step, False), events
    assert reason in job.reason
    assert "What was made of it before, 1 object, was taken out of the archive." in job.reason
    assert ("What was made of it before stays at pacs." in job.reason) == (known == "from the queue")
    assert [one.step for one in site.jobs() if one.content == "old"] == [Step.SUPERSEDED] * (known == "from the queue")
    assert not grown.notes.done(grown.study, "hippocampus").objects
    # Nothing more happens, whatever else the archive tells of the study.
    assert not [one for one in _run(site) if one["event"] in ("fetched", "withdrawn")]
