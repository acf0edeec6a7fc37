"""Low-dose PET as a task of the house."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from quantseg.measure.values import Measurement
from quantseg.reading import find_cases
from quantseg.reading.series_rule import SeriesRule
from quantseg.results.case import CaseResult
from quantseg.results.presentation import Presentation, Presenter
from quantseg.tasks.contract import InputRole, Task
from quantseg.tasks.low_dose_pet.learning import TRAINABLE
from quantseg.tasks.low_dose_pet.options import LowDosePetOptions
from quantseg.tasks.low_dose_pet.pet_image import PET_LIMITS, ROLE, PetImage, read_pet

if TYPE_CHECKING:
    from quantseg.inference.model_store import ModelStore
    from quantseg.tasks.low_dose_pet.pipeline import LowDosePetPipeline

_ROLE = InputRole(
    ROLE,
    "FDG-PET of a brain with few counts; image file, DICOM folder, or folder of either",
    limits=PET_LIMITS,
    series_rule=SeriesRule("PET", unusual=(r"nac|no.?ac|uncorrected",)),
)


def _pipeline(options: LowDosePetOptions, models: ModelStore) -> LowDosePetPipeline:
    from quantseg.tasks.low_dose_pet.pipeline import LowDosePetPipeline

    return LowDosePetPipeline(options, models)


def _headline(measurements: Sequence[Measurement]) -> str:
    from quantseg.tasks.low_dose_pet.presenting.sections import headline

    return headline(measurements)


def _present(result: CaseResult) -> Presentation:
    from quantseg.tasks.low_dose_pet.presenting.sections import present_pet

    return present_pet(result)


TASK: Task[PetImage, LowDosePetOptions] = Task(
    name="low-dose-pet",
    summary="Estimates the brain PET with all counts from one with few, and how sure that is.",
    inputs=(_ROLE,),
    options=LowDosePetOptions,
    find=partial(find_cases, modalities=PET_LIMITS.modalities),
    read=read_pet,
    models=lambda _options: ("low-dose-pet",),
    pipeline=_pipeline,
    presenter=Presenter(_headline, ("dose_fraction", "unit"), _present),
    yields_labels=False,
    trainable=TRAINABLE,
)
