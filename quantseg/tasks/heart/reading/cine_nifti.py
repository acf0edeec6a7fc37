"""A frame or a cine in one NIfTI file."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np

from quantseg.errors import InputRefused
from quantseg.reading.nifti_file import read_nifti
from quantseg.reading.scan import ImageFormat
from quantseg.reading.spacing import SpacingChoice
from quantseg.tasks.heart.reading.cardiac_spacing import nifti_geometry
from quantseg.tasks.heart.reading.cine import Cine
from quantseg.tasks.heart.reading.heart_beat import believable_times_ms

_MS_PER_UNIT = {"sec": 1e3, "msec": 1.0, "usec": 1e-3}


def read_cine_nifti(path: Path, spacing: SpacingChoice) -> Cine:
    """Read a NIfTI file of three axes as a single frame, of four as a cine whose fourth axis is time.

    Args:
        path: the file.
        spacing: the user's word on the spacing.

    Returns:
        the cine, not yet looked at by the guard. Frame times are known where the header states their step in a unit
        of time and the frames then last about a heart beat.

    Raises:
        InputRefused: the file cannot be read rightly, or no short-axis stack has its geometry.
    """
    header, values = read_nifti(path, _three_or_four_axes)
    placed, notes = nifti_geometry(header, spacing)
    count = values.shape[3] if values.ndim == 4 else 1
    # NIfTI keeps each frame whole, so that moving the axis copies nothing.
    frames = np.moveaxis(values.reshape(*values.shape[:3], count, order="F"), 3, 0)
    return Cine.of_all_frames(
        frames, placed, ImageFormat.NIFTI, frame_times_ms=_times_ms(header, count), header=header, notes=notes
    )


def _three_or_four_axes(shape: tuple[int, ...]) -> tuple[int, ...]:
    trimmed = shape
    while len(trimmed) > 3 and trimmed[-1] == 1:
        trimmed = trimmed[:-1]
    if len(trimmed) == 2:
        trimmed = (*trimmed, 1)
    if len(trimmed) not in (3, 4):
        size = "×".join(str(n) for n in shape)
        raise InputRefused(
            f"the image has {len(trimmed)} axes ({size}), expected 3 for a frame or 4 for a cine; extract one of these"
        )
    return trimmed


def _times_ms(header: nibabel.Nifti1Header, count: int) -> tuple[float, ...] | None:
    unit = header.get_xyzt_units()[1]
    if unit not in _MS_PER_UNIT:
        return None
    step_ms = float(header["pixdim"][4]) * _MS_PER_UNIT[unit]
    return believable_times_ms([index * step_ms for index in range(count)])
