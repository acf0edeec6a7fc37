"""Correcting brain tissue."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from quantseg.errors import UsageError
from quantseg.reading import find_cases, read_scan
from quantseg.reading.scan import CaseInput, Scan
from quantseg.results.case import CaseResult
from quantseg.review.volume_corrector import VolumeCorrector
from quantseg.review.worklist import Worklist
from quantseg.tasks.brain_tissue.correcting import corrected, drawn_by_hand
from quantseg.tasks.brain_tissue.repeatability import BOUNDS_PERCENT
from quantseg.tasks.brain_tissue.task import TASK


class BrainTissueCorrector(VolumeCorrector[Scan]):
    """Heads and brains; see :class:`quantseg.review.corrector.Corrector`."""

    presenter = TASK.presenter
    bounds_percent = BOUNDS_PERCENT
    # As thick as the cortex.
    brush_mm = 3.0

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
        """Return drawn labels as a case: 1 fluid, 2 grey matter, 3 white matter, or as ``--parts`` labels them."""
        return drawn_by_hand(name, scan, labels)

    def export_training(self, worklist: Worklist, folder: Path) -> str:
        """Refuse: the network learns from no labels of this kind."""
        del worklist
        raise UsageError(
            f"Nothing was written to {folder}: the network of brain tissue learns from images that are made of label "
            "maps in FreeSurfer's values, not from corrected tissues; export each case instead."
        )
