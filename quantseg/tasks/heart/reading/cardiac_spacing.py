"""Which spacing holds for a short-axis stack: the header's, ``pixdim`` against a placeholder affine, or the user's."""

from __future__ import annotations

import nibabel
import numpy as np

from quantseg.errors import InputRefused
from quantseg.reading.spacing import (
    SpacingChoice,
    SpacingSource,
    nifti_affine,
    override_spacing,
    pixdim_of,
    spacing_in_words,
    stored_affine,
    with_spacing,
)
from quantseg.tasks.heart.reading.cine import CineGeometry, SpacingOrigin
from quantseg.tasks.heart.reading.short_axis import expected_spacing, is_cardiac, place_stack
from quantseg.volume import voxel_spacing_mm

_PLACEHOLDER_MM = 1.0
_PLACEHOLDER_TOLERANCE_MM = 1e-4
_UNKNOWN_NOTE = "The spacing is unknown by the user's word: ratios are given, but no volumes, masses or thicknesses."


def nifti_geometry(header: nibabel.Nifti1Header, choice: SpacingChoice) -> tuple[CineGeometry, tuple[str, ...]]:
    """Return the geometry of a NIfTI file of three or four axes.

    The files of the ACDC challenge have an affine of exactly 1 mm beside a ``pixdim`` of, say, 1.6 × 1.6 × 10 mm: for
    a spacing that can be a heart's, ``pixdim`` is then believed. A header without any affine has its spacing in
    ``pixdim`` and no orientation.

    Returns:
        the geometry; and what report and ``run.json`` say about the spacing.

    Raises:
        InputRefused: the header is damaged, contradicts itself otherwise, or names no spacing that can be a heart's,
            and the user's choice does not settle it; or no short-axis stack has this shape and orientation.
    """
    i, j, k = header.get_data_shape()[:3]
    shape = (int(i), int(j), int(k))
    pixdim_mm = pixdim_of(header)
    if header.get_sform(coded=True)[0] is None and header.get_qform(coded=True)[0] is None:
        return geometry(shape, np.diag([*_usable(pixdim_mm), 1.0]), choice)
    stored, name = stored_affine(header)
    if choice.source is SpacingSource.UNKNOWN:
        return geometry(shape, stored, choice)
    if choice.source is SpacingSource.HEADER and (affine := _affine_by_pixdim(header, stored)) is not None:
        note = (
            f"The spacing {spacing_in_words(pixdim_mm)} was taken from the header's pixdim, although its {name} says "
            f"{spacing_in_words(voxel_spacing_mm(stored))}, which no short-axis stack has."
        )
        return place_stack(shape, affine, stored, SpacingOrigin.PIXDIM_AGAINST_AFFINE), (note,)
    affine, notes = nifti_affine(header, choice)
    return _placed(shape, affine, stored, choice), notes


def cardiac_affine(header: nibabel.Nifti1Header) -> np.ndarray:
    """Return the affine of a short-axis stack: the header's, or where that is a mere placeholder, by ``pixdim``."""
    stored = header.get_best_affine()
    believed = _affine_by_pixdim(header, stored)
    return stored if believed is None else believed


def geometry(
    shape: tuple[int, int, int], header_affine: np.ndarray, choice: SpacingChoice, directions_known: bool = False
) -> tuple[CineGeometry, tuple[str, ...]]:
    """Return the geometry of a stack whose header knows one spacing only.

    Args:
        shape: of one frame, (I, J, K).
        header_affine: to RAS in mm, as the file states it.
        choice: the user's word on the spacing.
        directions_known: the directions come from the scanner itself (DICOM).

    Returns:
        the geometry; and what report and ``run.json`` say about the spacing.

    Raises:
        InputRefused: the spacing cannot be a heart's, and the user's choice does not settle it; or no short-axis stack
            has this shape and orientation.
    """
    if choice.source is SpacingSource.UNKNOWN:
        placed = place_stack(shape, header_affine, header_affine, SpacingOrigin.UNKNOWN, directions_known)
        return placed, (_UNKNOWN_NOTE,)
    affine, notes = override_spacing(header_affine, choice)
    return _placed(shape, affine, header_affine, choice, directions_known), notes


def _placed(
    shape: tuple[int, int, int],
    affine: np.ndarray,
    header_affine: np.ndarray,
    choice: SpacingChoice,
    directions_known: bool = False,
) -> CineGeometry:
    """Return the geometry, having refused a spacing that only a user who measured it could vouch for."""
    if choice.source is not SpacingSource.GIVEN:
        _refuse_unlikely(shape, affine)
    origin = SpacingOrigin.HEADER if choice.source is SpacingSource.HEADER else SpacingOrigin.USER
    return place_stack(shape, affine, header_affine, origin, directions_known)


def _refuse_unlikely(shape: tuple[int, int, int], affine: np.ndarray) -> None:
    """Refuse a spacing that is no short-axis stack's; one that is unusable is left to the check of the affine."""
    spacing_mm = voxel_spacing_mm(affine)
    if is_cardiac(spacing_mm) or not np.all(np.isfinite(affine)) or min(spacing_mm) <= 0:
        return
    size = "×".join(str(n) for n in shape)
    raise InputRefused(
        f"the spacing is {spacing_in_words(spacing_mm)} ({size} voxels), expected that of a short-axis stack of the "
        f"heart ({expected_spacing()}); choose that stack, or where the header is wrong give --spacing X,Y,Z or, for "
        "the ejection fraction alone, --spacing unknown"
    )


def _affine_by_pixdim(header: nibabel.Nifti1Header, stored: np.ndarray) -> np.ndarray | None:
    """Return the affine with the spacing of ``pixdim``; None where there is no reason to believe that instead."""
    pixdim_mm = pixdim_of(header)
    return with_spacing(stored, pixdim_mm) if _is_placeholder(stored) and is_cardiac(pixdim_mm) else None


def _is_placeholder(affine: np.ndarray) -> bool:
    return bool(np.allclose(voxel_spacing_mm(affine), _PLACEHOLDER_MM, rtol=0, atol=_PLACEHOLDER_TOLERANCE_MM))


def _usable(pixdim_mm: tuple[float, float, float]) -> tuple[float, ...]:
    """Return ``pixdim`` with 1 for lengths that are none, so that directions can be told all the same."""
    return tuple(value if np.isfinite(value) and value > 0 else _PLACEHOLDER_MM for value in pixdim_mm)
