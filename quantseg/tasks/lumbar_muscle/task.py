"""Lumbar muscles as a task of the house."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from quantseg.measure.values import Measurement
from quantseg.reading import RoleImages, read_roles
from quantseg.reading.guard import InputLimits
from quantseg.reading.scan import CaseInput
from quantseg.reading.series_rule import SeriesRule
from quantseg.reading.spacing import SpacingChoice
from quantseg.results.case import CaseResult
from quantseg.results.coding import ReportCodes
from quantseg.results.presentation import Presentation, Presenter
from quantseg.tasks.contract import InputRole, Task
from quantseg.tasks.lumbar_muscle.learning import SCORER, TRAINABLE
from quantseg.tasks.lumbar_muscle.options import LumbarMuscleOptions
from quantseg.tasks.lumbar_muscle.pairing import FAT_ROLE, find_dixon_cases
from quantseg.volume import Grid

if TYPE_CHECKING:
    from quantseg.inference.model_store import ModelStore
    from quantseg.review.corrector import Corrector
    from quantseg.tasks.lumbar_muscle.pipeline import LumbarMusclePipeline

# Slices may lie far apart; how coarse their pixels may be is asked when axial planes are cut.
_LIMITS = InputLimits(max_spacing_mm=20.0, min_voxels=1)
_FIRST = InputRole(
    "mri",
    "axial slices of the lumbar spine: the water image of a Dixon, or one T1 or T2 image; image file, DICOM folder, or "
    "folder of either",
    limits=_LIMITS,
    series_rule=SeriesRule(
        "Dixon water",
        usual=(r"(?<![a-z])water(?![a-z])", r"[_ .-]w(?![a-z0-9])"),
        unusual=(r"(?<![a-z])fat(?![a-z])", r"[_ .-]f(?![a-z0-9])"),
    ),
)
_FAT = InputRole(
    FAT_ROLE,
    "fat image of the Dixon whose water image is the INPUT; in folders, DICOM series that say so and files named alike "
    "but for the part, such as P1_W and P1_F, are paired by themselves",
    limits=_LIMITS,
    required=False,
    found_with_first=True,
)


def _read(case: CaseInput, spacing: SpacingChoice) -> RoleImages:
    return read_roles(case, {role.name: role.limits for role in (_FIRST, _FAT)}, spacing)


def _pipeline(options: LumbarMuscleOptions, models: ModelStore) -> LumbarMusclePipeline:
    from quantseg.tasks.lumbar_muscle.pipeline import LumbarMusclePipeline

    return LumbarMusclePipeline(options, models)


def _headline(measurements: Sequence[Measurement]) -> str:
    from quantseg.tasks.lumbar_muscle.presenting.sections import headline

    return headline(measurements)


def _present(result: CaseResult) -> Presentation:
    from quantseg.tasks.lumbar_muscle.presenting.sections import present_muscles

    return present_muscles(result)


def _codes() -> ReportCodes:
    from quantseg.tasks.lumbar_muscle.presenting.codes import CODES

    return CODES


def _correct() -> Corrector:
    from quantseg.tasks.lumbar_muscle.review.corrector import LumbarMuscleCorrector

    return LumbarMuscleCorrector()


def _refuse_grid(grid: Grid) -> None:
    from quantseg.tasks.lumbar_muscle.axial_planes import refuse_grid

    refuse_grid(grid)


TASK: Task[RoleImages, LumbarMuscleOptions] = Task(
    name="lumbar-muscle",
    summary="Area and fat of psoas, erector spinae, multifidus and quadratus lumborum on axial lumbar MRI.",
    inputs=(_FIRST, _FAT),
    options=LumbarMuscleOptions,
    find=find_dixon_cases,
    read=_read,
    models=lambda _options: ("lumbar-muscle",),
    pipeline=_pipeline,
    presenter=Presenter(_headline, ("slices_measured", "fat_source"), _present, _codes),
    trainable=TRAINABLE,
    scorer=SCORER,
    correct=_correct,
    refuse_grid=_refuse_grid,
)
