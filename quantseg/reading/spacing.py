"""Which spacing holds where a header names two: the user's choice, and the affine that follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import nibabel
import numpy as np

from quantseg.errors import InputRefused, UsageError
from quantseg.volume import voxel_spacing_mm

_SPACING_TOLERANCE = 0.01
"""Relative difference between two spacings of one header above which they contradict each other."""

SpacingMm = tuple[float, float, float]
"""Distances in mm between neighbouring voxels along i, j and k."""


class SpacingSource(Enum):
    """Where a voxel's size comes from."""

    HEADER = "header"
    GIVEN = "given"
    PIXDIM = "pixdim"
    AFFINE = "affine"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class SpacingChoice:
    """The user's answer to "how large is a voxel?".

    Attributes:
        source: HEADER trusts the header and refuses one that contradicts itself; UNKNOWN is for tasks with results
            that need no spacing.
        given_mm: the spacing along the file's own axes i, j and k, where ``source`` is GIVEN.
    """

    source: SpacingSource = SpacingSource.HEADER
    given_mm: SpacingMm | None = None

    def __post_init__(self) -> None:
        if (self.source is SpacingSource.GIVEN) != (self.given_mm is not None):
            raise ValueError("A spacing is given exactly where the source is GIVEN.")


HEADER_SPACING = SpacingChoice()
UNKNOWN_SPACING = SpacingChoice(SpacingSource.UNKNOWN)


def parse_spacing(
    spacing: str | None = None, spacing_from: str | None = None, may_be_unknown: bool = False
) -> SpacingChoice:
    """Return the choice that ``--spacing X,Y,Z|unknown`` or ``--spacing-from pixdim|affine`` makes.

    Args:
        spacing: value of the one option.
        spacing_from: value of the other.
        may_be_unknown: the task has results that need no spacing, so that ``--spacing unknown`` is let through.

    Raises:
        UsageError: both are given, or one cannot be understood.
    """
    if spacing is not None and spacing_from is not None:
        raise UsageError("--spacing and --spacing-from exclude each other; give one of them.")
    if may_be_unknown and spacing == SpacingSource.UNKNOWN.value:
        return UNKNOWN_SPACING
    if spacing is not None:
        return SpacingChoice(SpacingSource.GIVEN, _parse_triple(spacing))
    if spacing_from is None:
        return HEADER_SPACING
    sources = {source.value: source for source in (SpacingSource.PIXDIM, SpacingSource.AFFINE)}
    if spacing_from not in sources:
        raise UsageError(f"--spacing-from {spacing_from!r} is unknown; expected one of {', '.join(sources)}.")
    return SpacingChoice(sources[spacing_from])


def override_spacing(affine: np.ndarray, choice: SpacingChoice) -> tuple[np.ndarray, tuple[str, ...]]:
    """Apply a given spacing to the affine of a format whose header knows only one spacing.

    Returns:
        the affine with the given column lengths, or as it was; and what report and ``run.json`` say about it.
    """
    if choice.given_mm is None:
        return affine, ()
    stored = spacing_in_words(voxel_spacing_mm(affine))
    note = f"The spacing {spacing_in_words(choice.given_mm)} was given by the user; the header says {stored}."
    return with_spacing(affine, choice.given_mm), (note,)


def nifti_affine(header: nibabel.Nifti1Header, choice: SpacingChoice) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the affine of a NIfTI header, sform before qform, with the spacing that was chosen.

    Directions and the first voxel's position always stay; an override changes only the lengths of the columns.

    Returns:
        the 4x4 affine to RAS in mm, and what report and ``run.json`` say about an override.

    Raises:
        InputRefused: the header has no affine, a damaged one, or contradicts itself and no choice settles it.
    """
    affine, name = stored_affine(header)
    _refuse_other_units(header, choice)
    pixdim_mm = pixdim_of(header)
    affine_mm = voxel_spacing_mm(affine)
    contradictory = not np.allclose(pixdim_mm, affine_mm, rtol=_SPACING_TOLERANCE, atol=0)
    both = f"pixdim says {spacing_in_words(pixdim_mm)}, the {name} {spacing_in_words(affine_mm)}"
    if choice.given_mm is not None:
        note = f"The spacing {spacing_in_words(choice.given_mm)} was given by the user; in the header, {both}."
        return with_spacing(affine, choice.given_mm), (note,)
    if not contradictory:
        return affine, ()
    if choice.source is SpacingSource.HEADER:
        raise InputRefused(
            f"the header contradicts itself: {both}; say which holds with --spacing-from pixdim, "
            "--spacing-from affine or --spacing X,Y,Z"
        )
    note = f"The spacing was taken from the header's {choice.source.value} by the user's choice, as {both}."
    if choice.source is SpacingSource.AFFINE:
        return affine, (note,)
    if min(pixdim_mm) <= 0:
        raise InputRefused(f"--spacing-from pixdim cannot be followed, since {both}; give --spacing X,Y,Z")
    return with_spacing(affine, pixdim_mm), (note,)


def pixdim_of(header: nibabel.Nifti1Header) -> SpacingMm:
    """Return the spacing in the header's field ``pixdim``, in the header's unit."""
    return _triple(np.abs(header["pixdim"][1:4]))


def stored_affine(header: nibabel.Nifti1Header) -> tuple[np.ndarray, str]:
    """Return the affine that holds, sform before qform, and the name of its field.

    Raises:
        InputRefused: there is none, it is damaged, or both point in opposite directions.
    """
    sform, qform = header.get_sform(coded=True)[0], _coded_qform(header)
    if sform is None and qform is not None:
        return qform, "qform"
    if sform is None:
        raise InputRefused(
            "the header has no affine (sform and qform codes are 0), so left and right cannot be told apart, and "
            "--spacing cannot supply that; convert the image again from its DICOM series"
        )
    if not np.all(np.isfinite(sform)) or np.linalg.matrix_rank(sform[:3, :3]) < 3:
        raise InputRefused(
            "the header's sform is no affine (its axes do not span space); convert the image again from its DICOM "
            "series"
        )
    if qform is not None and _axes_oppose(sform, qform):
        raise InputRefused(
            f"the header contradicts itself about directions: the sform says {_axis_codes(sform)}, the qform "
            f"{_axis_codes(qform)}; convert the image again, or clear the wrong one's code"
        )
    return sform, "sform"


def _coded_qform(header: nibabel.Nifti1Header) -> np.ndarray | None:
    try:
        qform = header.get_qform(coded=True)[0]
    except (ValueError, nibabel.spatialimages.HeaderDataError):
        # A quaternion that is none counts as absent: whatever is right then stands in the sform.
        return None
    return qform if qform is not None and np.all(np.isfinite(qform)) else None


def _axes_oppose(sform: np.ndarray, qform: np.ndarray) -> bool:
    """Tell whether an axis points the other way; a sform aligned to a template merely turns a little."""
    return bool(np.any(np.sum(sform[:3, :3] * qform[:3, :3], axis=0) < 0))


def _refuse_other_units(header: nibabel.Nifti1Header, choice: SpacingChoice) -> None:
    unit = header.get_xyzt_units()[0]
    if unit in ("meter", "micron") and choice.given_mm is None:
        raise InputRefused(
            f"the header counts space in {unit}s where millimetres are expected; give --spacing X,Y,Z in mm"
        )


def with_spacing(affine: np.ndarray, spacing_mm: SpacingMm) -> np.ndarray:
    """Return a 4x4 affine with other column lengths; directions and the first voxel's position stay."""
    changed = affine.copy()
    changed[:3, :3] *= np.array(spacing_mm) / np.array(voxel_spacing_mm(affine))
    return changed


def _parse_triple(text: str) -> SpacingMm:
    expected = "expected three positive numbers in mm, such as 1,1,1.2"
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        raise UsageError(f"--spacing {text!r} cannot be understood; {expected}.") from None
    if len(values) != 3 or not all(np.isfinite(value) and value > 0 for value in values):
        raise UsageError(f"--spacing {text!r} is no spacing; {expected}.")
    return _triple(values)


def _triple(values: Sequence[float] | np.ndarray) -> SpacingMm:
    i_mm, j_mm, k_mm = (float(value) for value in values)
    return i_mm, j_mm, k_mm


def spacing_in_words(spacing_mm: SpacingMm) -> str:
    """Return a spacing as messages print it."""
    return " × ".join(f"{value:.4g}" for value in spacing_mm) + " mm"


def _axis_codes(affine: np.ndarray) -> str:
    return "".join(code or "?" for code in nibabel.aff2axcodes(affine))
