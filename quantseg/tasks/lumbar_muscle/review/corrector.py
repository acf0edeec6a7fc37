"""Correcting lumbar muscles."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from quantseg.reading.roles import RoleImages
from quantseg.reading.scan import CaseInput
from quantseg.reading.spacing import HEADER_SPACING
from quantseg.results.case import CaseResult
from quantseg.review.volume_corrector import VolumeCorrector
from quantseg.review.worklist import Worklist
from quantseg.tasks.lumbar_muscle.correcting import corrected, drawn_by_hand
from quantseg.tasks.lumbar_muscle.measuring import AREA, FAT_FRACTION, LEAN_AREA
from quantseg.tasks.lumbar_muscle.review.training_data import export_training_slices
from quantseg.tasks.lumbar_muscle.task import TASK


class LumbarMuscleCorrector(VolumeCorrector[RoleImages]):
    """Axial slices, alone or as water and fat; see :class:`quantseg.review.corrector.Corrector`."""

    presenter = TASK.presenter
    # Nobody was scanned twice.
    bounds_percent = dict.fromkeys((AREA, LEAN_AREA, FAT_FRACTION))
    # A multifidus is about 30 mm wide, the fat between two muscles some mm.
    brush_mm = 5.0

    def find(self, folder: Path) -> list[CaseInput]:
        """Find the images of a folder, water and fat of a Dixon as one where DICOM tells that they are."""
        return TASK.find([folder])

    def read(self, case: CaseInput) -> RoleImages:
        """Read a case."""
        return TASK.read(case, HEADER_SPACING)

    def corrected(self, result: CaseResult, labels: np.ndarray, edited: Sequence[str]) -> CaseResult:
        """Measure changed labels."""
        return corrected(result, labels, edited)

    def drawn_by_hand(self, name: str, scan: RoleImages, labels: np.ndarray) -> CaseResult:
        """Return drawn labels as a case: 1 left psoas, 2 right psoas, 3 left erector spinae, and so on."""
        return drawn_by_hand(name, scan, labels)

    def export_training(self, worklist: Worklist, folder: Path) -> str:
        """Write corrected and approved cases in the layout that ``quantseg train lumbar-muscle --data`` takes."""
        results = (worklist.result_of(name) for name in worklist.names_to_learn_from())
        count = export_training_slices(results, folder)
        return (
            f"Written: {count} cases in {folder}. To train: quantseg train lumbar-muscle --data {folder} -o RUN; every "
            "slice with a label counts as outlined wholly."
        )
