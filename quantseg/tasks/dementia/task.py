"""What speaks for dementia, as a task of the house."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from quantseg.errors import ModelError
from quantseg.measure.values import Measurement
from quantseg.reading import RoleImages, find_cases, read_roles
from quantseg.reading.guard import InputLimits
from quantseg.reading.scan import CaseInput
from quantseg.reading.series_rule import T1_WEIGHTED
from quantseg.reading.spacing import SpacingChoice
from quantseg.results.case import CaseResult
from quantseg.results.coding import ReportCodes
from quantseg.results.presentation import Presentation, Presenter
from quantseg.tasks.contract import InputRole, Task
from quantseg.tasks.dementia.learning import TRAINABLE
from quantseg.tasks.dementia.options import DementiaOptions, network_bundle_of

if TYPE_CHECKING:
    from quantseg.inference.model_store import ModelStore
    from quantseg.tasks.dementia.pipeline import DementiaPipeline

_COARSEST_PET_MM = 8.0
_MRI = InputRole(
    "mri",
    "T1-weighted MRI: image file, DICOM folder, or folder of either; none where --pet is given alone",
    series_rule=T1_WEIGHTED,
)
_PET = InputRole(
    "pet",
    "PET of FDG of the same head: image file, or DICOM folder",
    InputLimits(max_spacing_mm=_COARSEST_PET_MM, modalities=frozenset({"PT"})),
    required=False,
    stands_alone=True,
)


def _read(case: CaseInput, spacing: SpacingChoice) -> RoleImages:
    return read_roles(case, {role.name: role.limits for role in (_MRI, _PET)}, spacing)


def _models(options: DementiaOptions) -> tuple[str, ...]:
    from quantseg.models.bundle import find_bundle
    from quantseg.models.configuration import REGRESSION
    from quantseg.tasks.dementia.model import NETWORKS

    try:
        has_networks = NETWORKS in find_bundle(options.model).inference.get(REGRESSION, {})
    except ModelError:
        # Whoever then asks for the model is told what is wrong with it.
        has_networks = False
    return (
        options.model,
        *([network_bundle_of(options.model)] if has_networks else []),
        "hippocampus",
        "head-localiser",
    )


def _pipeline(options: DementiaOptions, models: ModelStore) -> DementiaPipeline:
    from quantseg.tasks.dementia.pipeline import DementiaPipeline

    return DementiaPipeline(options, models)


def _headline(measurements: Sequence[Measurement]) -> str:
    from quantseg.tasks.dementia.presenting.sections import headline

    return headline(measurements)


def _present(result: CaseResult) -> Presentation:
    from quantseg.tasks.dementia.presenting.sections import present_dementia

    return present_dementia(result)


def _codes() -> ReportCodes:
    from quantseg.tasks.dementia.presenting.codes import CODES

    return CODES


TASK: Task[RoleImages, DementiaOptions] = Task(
    name="dementia",
    summary="What speaks for dementia on T1-weighted MRI, and how FDG uptake differs from that of healthy adults.",
    inputs=(_MRI, _PET),
    options=DementiaOptions,
    find=find_cases,
    read=_read,
    models=_models,
    pipeline=_pipeline,
    presenter=Presenter(_headline, ("score_given", "skull_in_view", "likeness_to_atlas"), _present, _codes),
    asks_person=True,
    yields_labels=False,
    trainable=TRAINABLE,
)
