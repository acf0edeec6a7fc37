"""What one process does with a case: read, predict, write; errors become outcomes, the pipeline stays loaded."""

from __future__ import annotations

import dataclasses
import os
import threading
import traceback
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quantseg.batch.identity import PATH_HASH, path_hash
from quantseg.batch.job import CaseOutcome, Job
from quantseg.batch.models import hash_of_case
from quantseg.batch.skipping import OPTIONS_HASH, printed_pdf_note
from quantseg.errors import InputRefused, ModelError, QuantSegError, UsageError
from quantseg.measure.steps import StepProgress, Steps
from quantseg.reading.content_hash import case_content_hash
from quantseg.reading.scan import CaseInput
from quantseg.results.case import CaseResult
from quantseg.results.events import CaseBegun, EventListener, StepAdvanced
from quantseg.results.layout import INPUT_HASH
from quantseg.results.reading_doubts import with_reading_doubts
from quantseg.results.status import CaseStatus
from quantseg.results.strangers import own_results_only
from quantseg.tasks.contract import Pipeline
from quantseg.tasks.options import TaskOptions

if TYPE_CHECKING:
    from quantseg.dicom.case_objects import CaseObjects
    from quantseg.inference.model_store import ModelStore
    from quantseg.mrml.segmentation_writers import SegmentationWriter
    from quantseg.results.presentation import Presenter
    from quantseg.results.writing import WrittenCase

_PACKAGE = Path(__file__).parents[1]
_MOST_PIPELINES = 8

# What no other case of the batch could survive either; everything else costs one case.
FATAL = (ModelError, UsageError)


@dataclass(frozen=True)
class ReadCase:
    """A case whose image is in memory."""

    case: CaseInput
    scan: Any  # Whatever the task's reader returns.
    input_hash: str
    steps: Steps


@dataclass(frozen=True)
class PredictedCase:
    """A case whose result is in memory."""

    read: ReadCase
    result: CaseResult


class _ProcessState:
    """The models of this process, and the pipelines over them; locks let several threads of a Dask worker share both.

    A worker may serve several tasks and options in turn; the pipelines that were not used for longest go first.
    """

    def __init__(self) -> None:
        self.predicting = threading.Lock()
        # VTK and the scene of slicer-core are used by one thread at a time.
        self.writing = threading.Lock()
        self._models: ModelStore | None = None
        self._pipelines: OrderedDict[tuple[str, TaskOptions], Pipeline[Any]] = OrderedDict()  # Of whatever inputs.

    @cached_property
    def segmentations(self) -> SegmentationWriter:
        """Who writes the segmentations of all cases."""
        from quantseg.mrml.segmentation_writers import writer_for_a_batch

        return writer_for_a_batch()

    def pipeline(self, job: Job) -> Pipeline[Any]:  # Of whatever input the job's task reads.
        """Return what processes the cases of a job; it and its networks stay when another job comes between."""
        wanted = (job.task, job.options)
        if wanted not in self._pipelines:
            from quantseg.inference.device import choose_device
            from quantseg.inference.model_store import ModelStore

            if job.record.models(job.options):
                # Imports what computes networks, and refuses a device that this machine lacks.
                choose_device(job.options.device)
            self._models = self._models or ModelStore()
            self._pipelines[wanted] = job.record.pipeline(job.options, self._models)
        self._pipelines.move_to_end(wanted)
        while len(self._pipelines) > _MOST_PIPELINES:
            self._pipelines.popitem(last=False)
        return self._pipelines[wanted]


_STATE = _ProcessState()


def limit_threads(threads: int) -> None:
    """Let this process compute on so many cores only; call it before torch is imported."""
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS"):
        os.environ[variable] = str(threads)
    import SimpleITK as sitk

    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(threads)


def warm_up(job: Job) -> None:
    """Load the pipeline, if this process has not yet.

    Raises:
        ModelError: a model is missing, damaged or untrusted.
        UsageError: the options ask for what this machine does not have.
    """
    with _STATE.predicting:
        _STATE.pipeline(job)


def warm_up_writing() -> None:
    """Load what writing needs, if this process has not yet; what is wrong with it shows when a case is written."""
    with _STATE.writing:
        _STATE.segmentations.prepare()


def write_no_segmentation_files() -> None:
    """Let this process write no ``.seg.nrrd``, for which Slicer's classes would be loaded."""
    from quantseg.mrml.segmentation_writers import NoWriter

    _STATE.segmentations = NoWriter()


def end_writing() -> None:
    """Give up what writing holds beside this process."""
    with _STATE.writing:
        _STATE.segmentations.end()


def process_case(job: Job, case: CaseInput) -> CaseOutcome:
    """Do one case from file to files.

    Safe to call from several threads: reading overlaps with the prediction and the writing of other cases.

    Raises:
        ModelError: a model is missing, damaged or untrusted.
        UsageError: the options ask for what this machine does not have.
    """
    read = read_case(job, case)
    if isinstance(read, CaseOutcome):
        return read
    predicted = predict_case(job, read)
    if isinstance(predicted, CaseOutcome):
        return predicted
    return write_predicted(job, predicted)


def read_case(job: Job, case: CaseInput, listener: EventListener | None = None) -> ReadCase | CaseOutcome:
    """Read the images of a case, or say why they cannot be.

    Args:
        job: what is done with every case.
        case: which one.
        listener: is told that the case begins, and of every step of it, this one and those that follow.
    """
    steps = _steps_of(case.name, listener)
    try:
        with steps.step("read"):
            scan = job.record.read(case, job.spacing)
            input_hash = case_content_hash(case)
    except QuantSegError as error:
        # An outcome is told together with its case, which a sentence about DICOM names, too.
        return CaseOutcome(case.name, CaseStatus.REFUSED, str(error).removeprefix(f"{case.name}: "))
    except Exception as error:  # one unreadable file must not end a batch
        # A parser's own message can quote a DICOM field, so that only the place is told.
        return CaseOutcome(case.name, CaseStatus.FAILED, f"the file could not be read: {_place(error)}")
    return ReadCase(case, scan, input_hash, steps)


def _steps_of(case: str, listener: EventListener | None) -> Steps:
    """Return the steps of a case that begins."""
    if listener is None:
        return Steps()
    tell = listener

    def say(progress: StepProgress) -> None:
        tell(StepAdvanced(case, progress.name, progress.share, progress.part))

    tell(CaseBegun(case))
    return Steps(say)


def predict(job: Job, read: ReadCase) -> CaseResult:
    """Run the task's pipeline on what was read; one case at a time, whichever thread asks.

    Raises:
        InputRefused: no result could be right.
        ModelError: a model is missing, damaged or untrusted.
        UsageError: the options ask for what this machine does not have.
    """
    with _STATE.predicting:
        result = _STATE.pipeline(job).run(read.case.name, read.scan, read.steps)
    origin = {OPTIONS_HASH: hash_of_case(job, read.case), INPUT_HASH: read.input_hash}
    return with_reading_doubts(dataclasses.replace(result, facts={**result.facts, **origin}))


def predict_case(job: Job, read: ReadCase) -> PredictedCase | CaseOutcome:
    """Run the task's pipeline, or say why it cannot be.

    Raises:
        ModelError: a model is missing, damaged or untrusted.
        UsageError: the options ask for what this machine does not have.
    """
    name = read.case.name
    try:
        return PredictedCase(read, predict(job, read))
    except FATAL:
        raise
    except InputRefused as error:
        return CaseOutcome(name, CaseStatus.REFUSED, str(error))
    except MemoryError:
        return CaseOutcome(name, CaseStatus.FAILED, "the memory did not suffice; let fewer cases be worked on at once")
    except Exception as error:  # one odd case must not end a batch
        return CaseOutcome(name, CaseStatus.FAILED, f"{_place(error)}: {error}")


def write_result(
    result: CaseResult,
    output: Path,
    presenter: Presenter,
    may_replace: Callable[[Path], None],
    report: bool = True,
    beside: Callable[[Path], None] | None = None,
) -> WrittenCase:
    """Write the files of a case, as :func:`quantseg.results.writing.write_case` does; one case at a time."""
    from quantseg.results.writing import write_case

    with _STATE.writing:
        return write_case(
            result, output, presenter, report, beside, writer=_STATE.segmentations, may_replace=may_replace
        )


def _objects(job: Job, case: CaseInput, result: CaseResult) -> CaseObjects:
    """Return what writes the DICOM objects of a case.

    Raises:
        InputRefused: the images have changed since they were read.
    """
    from quantseg.dicom.case_objects import CaseObjects

    return CaseObjects(result, job.record.presenter, job.record.slices_of(case), print_pdf=job.pdf)


def write_predicted(job: Job, predicted: PredictedCase) -> CaseOutcome:
    """Write the files of a case and return its outcome, without the arrays."""
    result, read = predicted.result, predicted.read
    try:
        with read.steps.step("write"):
            # Another run, or a person, may have put results there since this one began.
            may_replace = own_results_only(
                job.output / result.name, result.task, result.facts, job.trust_names, job.overwrite_edited
            )
            objects = _objects(job, read.case, result) if job.dicom else None
            written = write_result(
                result, job.output, job.record.presenter, may_replace, job.report, objects.write if objects else None
            )
    except QuantSegError as error:
        return CaseOutcome(result.name, CaseStatus.FAILED, str(error))
    except Exception as error:  # one odd case must not end a batch
        return CaseOutcome(result.name, CaseStatus.FAILED, f"{_place(error)}: {error}")
    missing = written.seg_nrrd_reason and f".seg.nrrd was not written: {written.seg_nrrd_reason}"
    # Among the objects the report was printed already, or the reason is theirs.
    printed = printed_pdf_note(written.folder) if job.pdf and objects is None else ""
    notes = (missing, printed, *(objects.notes if objects else ()))
    return CaseOutcome(
        result.name,
        CaseStatus.DONE,
        verdict=result.verdict,
        summary_row=written.summary_row,
        label_hashes=written.label_hashes,
        headline=written.headline,
        step_seconds=read.steps.seconds(),
        facts={**result.facts, PATH_HASH: path_hash(read.case)},
        models=result.models,
        note="; ".join(note for note in notes if note),
    )


def _place(error: Exception) -> str:
    """Name an unexpected error by its type and the last line of QuantSeg's own code that it passed."""
    own = [
        frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(_PACKAGE)
    ]
    where = own[-1]
    return f"unexpected {type(error).__name__} in {Path(where.filename).relative_to(_PACKAGE)} line {where.lineno}"
