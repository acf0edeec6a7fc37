"""What a task is: one frozen record that says what goes in, what comes out, and who does the work between.

Everything heavy stands behind a function, so that a record can be read, and a command line built from it, without
importing a network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from quantseg.measure.steps import Steps
from quantseg.reading.guard import InputLimits
from quantseg.reading.scan import CaseInput
from quantseg.reading.series_rule import SeriesRule
from quantseg.reading.spacing import SpacingChoice
from quantseg.results.case import CaseResult
from quantseg.results.presentation import Presenter
from quantseg.results.shown_planes import ShownPlanes
from quantseg.tasks.learning import Calibrator, Scorer, Trainable
from quantseg.tasks.options import TaskOptions
from quantseg.volume import Grid

if TYPE_CHECKING:
    from quantseg.inference.model_store import ModelStore
    from quantseg.reading.dicom_slices import SourceSlices
    from quantseg.review.corrector import Corrector

Input = TypeVar("Input")
"""What reading a case yields: a scan, a cine, or the images of several roles."""
InputSent = TypeVar("InputSent", contravariant=True)
InputRead = TypeVar("InputRead", covariant=True)
Options = TypeVar("Options", bound=TaskOptions)


@dataclass(frozen=True)
class InputRole:
    """One kind of image that a case of a task has.

    Attributes:
        name: such as ``mri``; a column of a table of cases. Those after the first are options of the command line,
            ``--pet`` for ``pet``.
        help: what may be given, in one phrase.
        limits: what an image must be.
        required: whether a case needs it.
        series_rule: which series of a study is taken for it.
        spacing_may_be_unknown: whether there are results that need no spacing.
        stands_alone: a case may have it without an image of the first role; its outputs then lie on this image's grid.
        found_with_first: the task's finder pairs it with the first role's image, so that nobody else looks for it.
    """

    name: str
    help: str
    limits: InputLimits = field(default_factory=InputLimits)
    required: bool = True
    spacing_may_be_unknown: bool = False
    stands_alone: bool = False
    found_with_first: bool = False
    series_rule: SeriesRule = field(default_factory=SeriesRule)

    @property
    def flag(self) -> str:
        """Option of the command line, without dashes."""
        return self.name.replace("_", "-")


@dataclass(frozen=True)
class SampleStudy:
    """A sample that can be sent to an archive as a DICOM study.

    Attributes:
        file: name below ``Resources/SampleData``, of a NIfTI image.
        header: what its images' headers say beside their geometry, by keyword of DICOM.
        axes: directions of columns, rows and slices, such as "LIP" for a coronal series; as the file has them if empty.
    """

    file: str
    header: Mapping[str, str | int]
    axes: str = ""


@dataclass(frozen=True)
class Samples(Generic[Options]):
    """Images that ship with QuantSeg, by which ``quantseg demo`` shows a task.

    Attributes:
        files: names below ``Resources/SampleData``, in the order in which they are shown.
        options: what is asked of the task.
        study: the one by which ``quantseg node demo`` shows it.
    """

    files: tuple[str, ...]
    options: Options
    study: SampleStudy | None = None


class Finder(Protocol):
    """Finds the cases among files and folders."""

    def __call__(self, inputs: Sequence[Path], series: Sequence[str] | None = None) -> list[CaseInput]:
        """Return the cases, in a fixed order.

        Raises:
            UsageError: the inputs are wrong.
        """
        ...


class Reader(Protocol[InputRead]):
    """Reads one case."""

    def __call__(self, case: CaseInput, spacing: SpacingChoice) -> InputRead:
        """Return its images.

        Raises:
            InputRefused: they cannot be read rightly.
        """
        ...


class Pipeline(Protocol[InputSent]):
    """From an image to a finished case."""

    def run(self, name: str, scan: InputSent, steps: Steps) -> CaseResult:
        """Process one case.

        Args:
            name: of the case.
            scan: as the task's reader returns it.
            steps: is told of every step.

        Raises:
            InputRefused: no result could be right.
        """
        ...


@dataclass(frozen=True)
class Task(Generic[Input, Options]):
    """Everything that the generic rooms need to know of a task.

    Attributes:
        name: as the command line takes it, such as ``liver``.
        summary: one sentence on what it does.
        inputs: roles of the images of a case, the first of them the one that cases are named after.
        options: frozen dataclass of what a user may ask.
        find: finds cases of the first role.
        read: reads a case.
        models: bundles that it may use with some options.
        pipeline: makes what processes cases, with models from a store.
        presenter: says and shows what came out.
        asks_person: whether age and sex of the person are asked for, where the images do not say them.
        yields_labels: whether labels are among its outputs, so that ``quantseg segment`` offers it.
        samples: images that ship with QuantSeg; None where there are none.
        trainable: kinds of models that can be trained, the usual one first.
        scorer: compares labels with a reference; None where there are none to compare.
        calibrator: fits verdict and intervals of a trained model; None where a model has none.
        correct: makes what lets a person correct its results; None where there is nothing to correct.
        source_slices: says which DICOM image each slice of a case is; None where reading is ``read_scan``'s.
        refuse_grid: refuses a canonical grid that cannot hold what the task looks for, without networks; None where any
            grid may do.
        planes: says how a scan is looked at; None where the body's own planes are looked at.
    """

    name: str
    summary: str
    inputs: tuple[InputRole, ...]
    options: type[Options]
    find: Finder
    read: Reader[Input]
    models: Callable[[Options], tuple[str, ...]]
    pipeline: Callable[[Options, ModelStore], Pipeline[Input]]
    presenter: Presenter
    asks_person: bool = False
    yields_labels: bool = True
    samples: Samples[Options] | None = None
    trainable: tuple[Trainable, ...] = ()
    scorer: Scorer[Any] | None = None  # Of whatever options the task's scorer takes.
    calibrator: Calibrator | None = None
    correct: Callable[[], Corrector] | None = None
    source_slices: Callable[[CaseInput], SourceSlices] | None = None
    refuse_grid: Callable[[Grid], object] | None = None
    planes: Callable[[Input], ShownPlanes] | None = None

    def slices_of(self, case: CaseInput) -> SourceSlices:
        """Return which DICOM image each slice of a case is.

        Raises:
            InputRefused: the images cannot be read rightly.
        """
        if self.source_slices is not None:
            return self.source_slices(case)
        from quantseg.reading.dicom_slices import slices_of_series

        return slices_of_series(case, self.inputs[0].limits)

    @property
    def table_columns(self) -> tuple[str, ...]:
        """Columns of a table of its cases: ``case``, one a role, and ``age`` and ``sex`` where it asks for them."""
        return ("case", *(role.name for role in self.inputs), *(("age", "sex") if self.asks_person else ()))
