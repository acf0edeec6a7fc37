"""Correcting hippocampi, in heads and in crops."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from quantseg.reading import find_cases, read_scan
from quantseg.reading.scan import CaseInput, Scan
from quantseg.results.case import CaseResult
from quantseg.review.corrector import exported_in_words
from quantseg.review.volume_corrector import VolumeCorrector
from quantseg.review.worklist import Worklist
from quantseg.tasks.hippocampus.correcting import corrected, drawn_by_hand
from quantseg.tasks.hippocampus.repeatability import BOUNDS_PERCENT
from quantseg.tasks.hippocampus.review.training_data import corrected_cases, export_training_crops
from quantseg.tasks.hippocampus.task import TASK


class HippocampusCorrector(VolumeCorrector[Scan]):
    """Heads and crops; see :class:`quantseg.review.corrector.Corrector`."""

    presenter = TASK.presenter
    bounds_percent = BOUNDS_PERCENT
    brush_mm = 2.5

    def find(self, folder: Path) -> list[CaseInput]:
        """Find the images of a folder."""
        return find_cases([folder])

    def read(self, case: CaseInput) -> Scan:
        """Read an image."""
        return read_scan(case)

    def corrected(self, result: CaseResult, labels: np.ndarray, edited: Sequence[str]) -> CaseResult:
        """Measure changed labels."""
        return corrected(result, labels, edited)

    def drawn_by_hand(self, name: str, scan: Scan, labels: np.ndarray) -> CaseResult:
        """Return drawn labels as a case: 1/2 in a crop of unknown side, 1 to 4 otherwise."""
        return drawn_by_hand(name, scan, labels)

    def export_training(self, worklist: Worklist, folder: Path) -> str:
        """Write a crop for each corrected hippocampus."""
        entries = export_training_crops(corrected_cases(worklist), folder)
        return exported_in_words(len(entries), "crop", folder, TASK.name)
