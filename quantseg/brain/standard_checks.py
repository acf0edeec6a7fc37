"""What is asked of a head and of its brain in standard space before anything is estimated from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quantseg.brain.atlas import Atlas
from quantseg.brain.standard_space import StandardBrain
from quantseg.brain.stripping import StrippedBrain
from quantseg.brain.tissue_mixture import CLASSES
from quantseg.errors import InputRefused
from quantseg.measure.t1_contrast import SeenTissue, check_contrast, measure_contrast
from quantseg.measure.values import Check, Verdict

_AT_BORDER_ML = 2.0


@dataclass(frozen=True)
class LikenessLimits:
    """Correlations of a brain with the atlas that it was laid on.

    Attributes:
        look: below it a brain needs a look.
        fail: below it a brain is refused.
    """

    look: float
    fail: float


def likeness_limits(told: Mapping[str, Any]) -> LikenessLimits:
    """Return the limits that a bundle's configuration tells as ``look`` and ``fail``."""
    return LikenessLimits(float(told["look"]), float(told["fail"]))


def check_view(stripped: StrippedBrain) -> tuple[Check, ...]:
    """Judge whether a head shows the whole brain; a stripped one says nothing of it."""
    if not stripped.skull_shown:
        return ()
    found = f"{stripped.at_border_ml:.0f} ml of the brain lie at the border of the picture"
    expected = f"(expected at most {_AT_BORDER_ML:.0f} ml)"
    if stripped.at_border_ml > _AT_BORDER_ML:
        return (Check("whole_brain", Verdict.LOOK, f"{found} {expected}: look at whether it cuts the brain."),)
    return (Check("whole_brain", Verdict.GOOD, f"{found} {expected}."),)


def check_likeness(brain: StandardBrain, limits: LikenessLimits, expected: str = "T1-weighted brain") -> Check:
    """Judge whether a brain was brought into standard space.

    Args:
        brain: laid on the atlas.
        limits: from which correlations on it is as expected.
        expected: what the image should show.

    Raises:
        InputRefused: it was not.
    """
    found = f"The brain's correlation with the average one that it was laid on is {brain.likeness:.2f}"
    if brain.likeness < limits.fail:
        raise InputRefused(f"{found}, expected {limits.look:.2f} or more; the image is no {expected}, or shows a part.")
    if brain.likeness < limits.look:
        return Check("likeness", Verdict.LOOK, f"{found} (expected {limits.look:.2f} or more); look at the image.")
    return Check("likeness", Verdict.GOOD, f"{found} (expected {limits.look:.2f} or more).")


def check_t1(brain: StandardBrain, atlas: Atlas, echo_time_ms: float | None) -> tuple[Check, ...]:
    """Judge the contrast where the atlas expects white and grey matter.

    Raises:
        InputRefused: it is not that of T1.
    """
    shares = dict(zip(CLASSES, atlas.expected, strict=True))
    seen = [SeenTissue((shares[name] > 0.5) & (brain.image > 0), shares[name]) for name in ("white", "grey")]
    contrast = measure_contrast(brain.image, seen[0], seen[1], atlas.grid.voxel_volume_mm3)
    return tuple(check_contrast(contrast, echo_time_ms, False))
