"""What an engine would refuse, told before it is started: from an image's geometry and values, without networks."""

from __future__ import annotations

from collections.abc import Callable

from quantseg.errors import InputRefused
from quantseg.reading.guard import InputLimits, checked
from quantseg.reading.scan import ImageFormat, Scan
from quantseg.volume import Grid, Volume, to_canonical


def refuse_before_start(
    name: str, volume: Volume, limits: InputLimits, refuse_grid: Callable[[Grid], object] | None
) -> None:
    """Refuse an image of which the engine could make nothing.

    Args:
        name: how to call the image.
        volume: its raw intensities.
        limits: what the task's method asks of an image.
        refuse_grid: raises where nothing that the task looks for fits into a canonical grid; None where any may do.

    Raises:
        InputRefused: the sentence that the engine would say, after it had started and read the image.
    """
    try:
        checked(Scan(volume, ImageFormat.SCENE), limits)
    except InputRefused as refusal:
        raise InputRefused(f"{name}: {refusal}.") from None
    if refuse_grid is not None:
        refuse_grid(to_canonical(volume)[0].grid)
