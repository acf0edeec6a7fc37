"""Smart correction: one click on a wrong place proposes a better border nearby, which is accepted or left."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from quantseg.errors import UsageError
from quantseg.measure.statistics import bounding_box
from quantseg.review.border_evidence import Surroundings, prior
from quantseg.review.border_layer import THIN_SHARE, wrong_layer
from quantseg.volume import Grid, Volume
from quantseg.volume.masks import components, distance_mm
from quantseg.volume.random_walker import walk

_REACH_BRUSHES, _LAYER_BRUSHES, _MARGIN_BRUSHES = 4.0, 16.0, 1.2
# Coupling of neighbours one thin layer (0.4 brushes) apart, as it was found to serve best.
_COUPLING, _COUPLED_SHARE = 0.5, 0.4
# As many voxels as half a second allows for.
_MOST_VOXELS = 200_000


@dataclass(frozen=True)
class Click:
    """A wrong place, and what it should be.

    Attributes:
        voxel: its index (i, j, k).
        value: the label that belongs there; 0 for none.
    """

    voxel: tuple[int, int, int]
    value: int

    @classmethod
    def at(cls, grid: Grid, ras_mm: np.ndarray, value: int) -> Click:
        """Return a click on the voxel that holds a point.

        Args:
            grid: of image and labels.
            ras_mm: the point, shape (3,).
            value: the label that belongs there.
        """
        i, j, k = (int(n) for n in np.floor(grid.to_voxel(ras_mm) + 0.5))
        return cls((i, j, k), value)


@dataclass(frozen=True)
class BorderProposal:
    """A change of labels in a small box, not yet made.

    Attributes:
        start: first voxel of the box, (i, j, k).
        before: labels in the box as they were, shape (I, J, K).
        after: labels in the box as they are proposed, same shape; other than before only where the clicked label comes
            in.
    """

    start: tuple[int, int, int]
    before: np.ndarray
    after: np.ndarray

    @property
    def box(self) -> tuple[slice, slice, slice]:
        """The box's place in the label map."""
        i, j, k = (slice(first, first + n) for first, n in zip(self.start, self.before.shape, strict=True))
        return i, j, k

    @property
    def changed(self) -> np.ndarray:
        """Which voxels of the box get another label, bool."""
        return np.asarray(self.before != self.after)

    def accepted(self, labels: np.ndarray) -> np.ndarray:
        """Return labels with the change made; the given ones stay as they are.

        Raises:
            UsageError: the labels in the box are not those that the proposal was made for.
        """
        return self._exchanged(labels, self.before, self.after)

    def undone(self, labels: np.ndarray) -> np.ndarray:
        """Return labels with the change taken back; the given ones stay as they are.

        Raises:
            UsageError: the labels in the box were changed since.
        """
        return self._exchanged(labels, self.after, self.before)

    def _exchanged(self, labels: np.ndarray, expected: np.ndarray, put: np.ndarray) -> np.ndarray:
        found = labels[self.box]
        if found.shape != expected.shape or not np.array_equal(found, expected):
            raise UsageError("The labels near the click have changed since this proposal was made; click again.")
        changed = labels.copy()
        changed[self.box] = put
        return changed


def propose_border(
    image: Volume,
    labels: np.ndarray,
    click: Click,
    brush_mm: float,
    *,
    editable: np.ndarray | None = None,
    protected: Collection[int] = (),
    uncertainty: np.ndarray | None = None,
    earlier: Sequence[Click] = (),
) -> BorderProposal:
    """Propose which voxels around a click should get its label too.

    A random walker on the image's edges decides, from what :func:`quantseg.review.border_evidence.prior` makes of each
    voxel. It reaches four brushes far at most, less where voxels are so fine that this would take too long. A click on
    a thin layer that is wrong all around, as :func:`quantseg.review.border_layer.wrong_layer` tells, takes all of it.

    Args:
        image: any affine without shear; distances are in mm.
        labels: label map on the image's grid, integers, shape (I, J, K).
        click: in the middle of the wrong place.
        brush_mm: the organ's brush, the length that everything is measured by.
        editable: where labels may change, bool, same shape; None for everywhere.
        protected: label values that keep all their voxels.
        uncertainty: voxel entropy of the model that made the labels, from 0 to 1, same shape; None if unknown.
        earlier: clicks that were accepted; their voxels keep their label.

    Raises:
        UsageError: the click lies outside the image or the editable area, on a protected segment or on a voxel that
            has its label already; the brush is not positive; the image is not finite there; the shapes differ.
    """
    _refuse(image, labels, click, brush_mm, editable, protected, uncertainty)
    reach_mm, box = _reach_and_box(image.grid, click, brush_mm, _REACH_BRUSHES)
    near = labels[box]
    voxel = tuple(n - one.start for n, one in zip(click.voxel, box, strict=True))
    offsets_mm = np.linalg.norm((np.indices(near.shape).T - np.array(voxel)) @ image.affine[:3, :3].T, axis=-1).T
    may_change = _may_change(labels, box, click, editable, protected, earlier) & (offsets_mm <= reach_mm)
    values = image.array[box].astype(np.float32)
    if not np.isfinite(values).all():
        raise UsageError("The image holds values near the click that are no numbers; expected finite intensities.")
    own = near == click.value
    around = Surroundings(
        image=values,
        own=own,
        click=(voxel[0], voxel[1], voxel[2]),
        offsets_mm=offsets_mm,
        spacing_mm=image.spacing_mm,
        brush_mm=brush_mm,
        uncertainty=None if uncertainty is None else uncertainty[box],
    )
    evidence = prior(around, reach_mm)
    sure = own | (evidence.sure & may_change)
    known = np.where(may_change, evidence.probability, 0.0)
    known[sure] = 1.0
    walked = walk(known, ~may_change | sure, _coupling(evidence.image, image.spacing_mm, brush_mm))
    taken = may_change & (walked > 0.5)
    pieces = components(taken)
    after = near.copy()
    after[pieces == pieces[voxel]] = click.value
    proposal = _tight(box, near.copy(), after)
    if _mends_a_piece(near, box, earlier, image.spacing_mm, brush_mm):
        return proposal
    _, wide = _reach_and_box(image.grid, click, brush_mm, _LAYER_BRUSHES)
    i, j, k = (n - one.start for n, one in zip(click.voxel, wide, strict=True))
    wide_image = image.array[wide].astype(np.float32)
    layer = wrong_layer(wide_image, labels[wide], (i, j, k), click.value, image.spacing_mm, brush_mm)
    if layer is None:
        return proposal
    whole = proposal.accepted(labels)
    whole[wide][layer & _may_change(labels, wide, click, editable, protected, earlier)] = click.value
    changed = bounding_box(whole != labels) or box
    return _tight(changed, labels[changed].copy(), whole[changed])


def _mends_a_piece(
    near: np.ndarray,
    box: tuple[slice, slice, slice],
    earlier: Sequence[Click],
    spacing_mm: tuple[float, float, float],
    brush_mm: float,
) -> bool:
    """Tell whether a click goes on with a piece that was missing: an earlier one nearby lies deep in its label now.

    What is left of such a piece may be thin, and says nothing of the border elsewhere.
    """
    for other in earlier:
        place = tuple(n - one.start for n, one in zip(other.voxel, box, strict=True))
        if all(0 <= n < size for n, size in zip(place, near.shape, strict=True)) and near[place] == other.value:
            outside = near != other.value
            if not outside.any() or distance_mm(outside, spacing_mm)[place] > THIN_SHARE * brush_mm:
                return True
    return False


def _may_change(
    labels: np.ndarray,
    box: tuple[slice, slice, slice],
    click: Click,
    editable: np.ndarray | None,
    protected: Collection[int],
    earlier: Sequence[Click],
) -> np.ndarray:
    """Return which voxels of a box could get the clicked label, bool."""
    near = labels[box]
    may_change = (near != click.value) & ~np.isin(near, list(protected))
    if editable is not None:
        may_change &= editable[box]
    for other in earlier:
        place = tuple(n - one.start for n, one in zip(other.voxel, box, strict=True))
        if other != click and all(0 <= n < size for n, size in zip(place, near.shape, strict=True)):
            may_change[place] = False
    return np.asarray(may_change)


def _coupling(
    image: np.ndarray, spacing_mm: tuple[float, float, float], brush_mm: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return how strongly neighbours go together: weakly across an edge, and the less the farther they are apart."""
    i, j, k = (
        _COUPLING * (_COUPLED_SHARE * brush_mm / mm) ** 2 * np.exp(-(np.diff(image, axis=axis) ** 2) / 2)
        for axis, mm in enumerate(spacing_mm)
    )
    return i, j, k


def _reach_and_box(
    grid: Grid, click: Click, brush_mm: float, brushes: float
) -> tuple[float, tuple[slice, slice, slice]]:
    """Return how far is looked, in mm, at most so many brushes, and the box that holds it."""
    reach_mm = brushes * brush_mm
    while True:
        margins = [int(np.ceil((reach_mm + _MARGIN_BRUSHES * brush_mm) / mm)) for mm in grid.spacing_mm]
        i, j, k = (
            slice(max(n - margin, 0), min(n + margin + 1, size))
            for n, margin, size in zip(click.voxel, margins, grid.shape, strict=True)
        )
        if (i.stop - i.start) * (j.stop - j.start) * (k.stop - k.start) <= _MOST_VOXELS or reach_mm <= brush_mm:
            return reach_mm, (i, j, k)
        reach_mm *= 0.8


def _tight(box: tuple[slice, slice, slice], before: np.ndarray, after: np.ndarray) -> BorderProposal:
    """Return a proposal whose box holds the change and no more."""
    places = np.argwhere(before != after)
    first, last = places.min(axis=0), places.max(axis=0) + 1
    inner = tuple(slice(int(a), int(b)) for a, b in zip(first, last, strict=True))
    i, j, k = (int(one.start + n) for one, n in zip(box, first, strict=True))
    return BorderProposal((i, j, k), before[inner], after[inner])


def _refuse(
    image: Volume,
    labels: np.ndarray,
    click: Click,
    brush_mm: float,
    editable: np.ndarray | None,
    protected: Collection[int],
    uncertainty: np.ndarray | None,
) -> None:
    shape = image.array.shape
    for name, given in (("Labels", labels), ("Editable area", editable), ("Uncertainty", uncertainty)):
        if given is not None and given.shape != shape:
            raise UsageError(f"{name} of shape {given.shape} given, expected the image's {shape}.")
    if not (np.isfinite(brush_mm) and brush_mm > 0):
        raise UsageError(f"A brush of {brush_mm} mm given; expected more than 0 mm.")
    if not all(0 <= n < size for n, size in zip(click.voxel, shape, strict=True)):
        raise UsageError("The click lies outside the image; click inside it.")
    found = int(labels[click.voxel])
    if found == click.value:
        raise UsageError(
            "The clicked place has this label already; click a wrong place, or choose the label it should have."
        )
    if found in protected:
        raise UsageError("The clicked place belongs to a protected segment; allow changes to it, or click elsewhere.")
    if editable is not None and not editable[click.voxel]:
        raise UsageError("The clicked place lies outside the editable area; click inside it, or change the area.")
