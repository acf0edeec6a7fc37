"""What a user may ask for when a PET with few counts is estimated; nothing heavy is imported here."""

from __future__ import annotations

from dataclasses import dataclass

from quantseg.errors import UsageError
from quantseg.tasks.options import TaskOptions, option

LEAST_FRACTION = 0.001


@dataclass(frozen=True, kw_only=True)
class LowDosePetOptions(TaskOptions):
    """What the user asked for.

    Attributes:
        dose_fraction: the scan's share of a full scan's counts; None estimates it from the noise.

    Raises:
        UsageError: no scan has such a share.
    """

    dose_fraction: float | None = option(
        None,
        "the scan's share of the counts of a full scan, such as 0.1 (estimated from the noise, roughly)",
        unit="SHARE",
        positive=True,
    )

    def __post_init__(self) -> None:
        """Refuse percentages and shares beyond all counts."""
        if self.dose_fraction is not None and not LEAST_FRACTION <= self.dose_fraction < 1:
            raise UsageError(
                f"A dose fraction of {self.dose_fraction:g} was given, expected at least {LEAST_FRACTION:g} and less "
                "than 1; 10 % are 0.1."
            )
