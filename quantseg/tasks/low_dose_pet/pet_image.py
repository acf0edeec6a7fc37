"""A PET as the task reads it: the scan, and what one unit of its values stands for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from quantseg.errors import InputRefused
from quantseg.reading import read_scan
from quantseg.reading.guard import InputLimits
from quantseg.reading.roles import RoleImages
from quantseg.reading.scan import CaseInput, Scan
from quantseg.reading.spacing import SpacingChoice
from quantseg.tasks.low_dose_pet.uptake_value import UPTAKE_TAGS, UptakeScale, uptake_scale

PET_LIMITS = InputLimits(max_spacing_mm=6.0, min_spacing_mm=0.3, modalities=frozenset({"PT"}))
"""What an image must be: slices of some thickness, at least eight of them, of PET."""


ROLE = "pet"
"""Name of the task's one role."""


@dataclass(frozen=True)
class PetImage(RoleImages):
    """One PET, in its own unit, and what that stands for.

    Attributes:
        scale: of its values; None where no header tells it.
    """

    scale: UptakeScale | None = None

    @classmethod
    def of(cls, scan: Scan, scale: UptakeScale | None) -> PetImage:
        """Join a scan and its scale."""
        return cls({ROLE: scan}, scan.person, scale)

    @property
    def scan(self) -> Scan:
        """The PET itself."""
        return self.first

    @property
    def unit(self) -> str:
        """UCUM-like unit of the scan's values; ``1`` where it is unknown."""
        return "1" if self.scale is None else self.scale.unit


def read_pet(case: CaseInput, spacing: SpacingChoice) -> PetImage:
    """Read one PET.

    Raises:
        InputRefused: it cannot be read rightly, or a DICOM series does not tell what its values are.
    """
    scan = read_scan(case, spacing, PET_LIMITS)
    if case.series_uid is None:
        return PetImage.of(scan, None)
    from quantseg.reading.dicom import series_files

    headers = [file.header for file in series_files(case, PET_LIMITS, UPTAKE_TAGS)]
    try:
        scale = uptake_scale(headers)
    except InputRefused as refusal:
        raise InputRefused(f"{case.name}: {refusal}.") from None
    return PetImage.of(replace(scan, doubts=scan.doubts + scale.doubts), scale)
