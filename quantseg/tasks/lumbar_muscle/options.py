"""What a user may ask for when lumbar muscles are measured; nothing heavy is imported here."""

from __future__ import annotations

from dataclasses import dataclass

from quantseg.errors import UsageError
from quantseg.tasks.options import TaskOptions, option

_TALLEST_M = 2.6


@dataclass(frozen=True, kw_only=True)
class LumbarMuscleOptions(TaskOptions):
    """What the user asked for.

    Attributes:
        slice_index: the one slice to be measured, counted from 0 as in the file; None for every slice.
        height_m: of the person, for the muscle index.

    Raises:
        UsageError: nobody is as tall.
    """

    slice_index: int | None = option(
        None,
        "the one slice to be measured, counted from 0 as in the file (every slice)",
        flag="slice",
        unit="N",
        minimum=0,
    )
    height_m: float | None = option(None, "height of the person, for the muscle index", unit="M", positive=True)

    def __post_init__(self) -> None:
        """Refuse a height in centimetres."""
        if self.height_m is not None and self.height_m > _TALLEST_M:
            raise UsageError(
                f"A height of {self.height_m:g} m was given, expected at most {_TALLEST_M:g}; give metres."
            )
