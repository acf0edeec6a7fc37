"""Labels spoiled as people see them wrong, and the clicks of somebody who knows the truth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from quantseg.evaluation.metrics import dice
from quantseg.review.border_proposal import Click
from quantseg.volume import Grid
from quantseg.volume.masks import components, distance_mm


class LabelError(Enum):
    """What is wrong with labels; the first four near one place, the others all over."""

    END = "end missing"
    HOLE = "piece missing"
    LEAK = "leak"
    PARTS = "border between parts"
    SHRUNK = "shrunk"
    GROWN = "grown"
    SHIFTED = "shifted"


LOCAL_ERRORS = (LabelError.END, LabelError.HOLE, LabelError.LEAK, LabelError.PARTS)


def spoil(
    truth: np.ndarray, grid: Grid, error: LabelError, brush_mm: float, end_axis: int, random: np.random.Generator
) -> np.ndarray:
    """Return wrong labels.

    Args:
        truth: right ones, shape (I, J, K).
        grid: theirs.
        error: what to do; sizes are shares of the brush.
        brush_mm: the organ's brush.
        end_axis: axis at one end of which labels may be missing.
        random: source of size and place.
    """
    labels, spacing_mm = truth.copy(), grid.spacing_mm
    if error is LabelError.END:
        shown = np.flatnonzero(truth.any(axis=tuple(axis for axis in range(3) if axis != end_axis)))
        gone = max(1, round(len(shown) * random.uniform(0.2, 0.35)))
        lost = shown[-gone:] if random.random() < 0.5 else shown[:gone]
        np.moveaxis(labels, end_axis, 0)[lost] = 0
    elif error in (LabelError.HOLE, LabelError.LEAK):
        surface = np.argwhere((truth > 0) & (distance_mm(truth == 0, spacing_mm) <= max(spacing_mm[:2]) * 1.01))
        place = surface[random.integers(len(surface))]
        near = _ball(grid, place, random.uniform(1.6, 2.8) * brush_mm)
        if error is LabelError.HOLE:
            labels[near] = 0
        else:
            labels[near & (truth == 0)] = truth[tuple(place)]
    elif error is LabelError.PARTS:
        there = random.permutation([value for value in np.unique(truth) if value])[1]
        near = distance_mm(truth == there, spacing_mm) <= random.uniform(1.6, 2.8) * brush_mm
        # Of the parts beside it, the one that most of this is taken from.
        labels[near & (truth == np.bincount(truth[near & (truth > 0) & (truth != there)]).argmax())] = there
    elif error is LabelError.SHRUNK:
        labels[distance_mm(truth == 0, spacing_mm) <= 0.4 * brush_mm + 0.01] = 0
    elif error is LabelError.GROWN:
        values = [value for value in np.unique(truth) if value]
        apart_mm = np.stack([distance_mm(truth == value, spacing_mm) for value in values])
        grown = (truth == 0) & (apart_mm.min(axis=0) <= 0.4 * brush_mm + 0.01)
        labels[grown] = np.array(values)[apart_mm.argmin(axis=0)][grown]
    else:
        direction = random.normal(size=3)
        moved_mm = direction / np.linalg.norm(direction) * random.uniform(0.8, 1.4) * brush_mm
        moved = [round(mm / one) for mm, one in zip(moved_mm, spacing_mm, strict=True)]
        labels = np.roll(truth, moved, (0, 1, 2))
    return labels


def mean_dice(labels: np.ndarray, truth: np.ndarray) -> float:
    """Return the mean Dice over the values of the truth."""
    return float(np.mean([dice(labels == value, truth == value) for value in np.unique(truth) if value]))


def centre_of_worst(labels: np.ndarray, truth: np.ndarray, grid: Grid, given_up: Sequence[Click]) -> Click | None:
    """Return a click in the middle of the largest connected place that lacks one label; None if there is none.

    The middle is the voxel farthest from the place's border, the nearest to its centroid among such.

    Args:
        labels: as they are.
        truth: as they should be.
        grid: theirs.
        given_up: clicks that did not help; what holds one of them is left alone.
    """
    places = []
    for value in np.unique(truth):
        numbered = components((labels != truth) & (truth == value))
        left_alone = {int(numbered[click.voxel]) for click in given_up}
        sizes = np.bincount(numbered.ravel())
        sizes[[0, *left_alone]] = 0
        if sizes.max() > 0:
            places.append((int(sizes.max()), int(value), numbered == sizes.argmax()))
    if not places:
        return None
    _, value, place = max(places, key=lambda found: found[0])
    depth_mm = distance_mm(~np.pad(place, 1), grid.spacing_mm)[1:-1, 1:-1, 1:-1]
    deepest = np.argwhere(depth_mm >= depth_mm.max() - 1e-3)
    from_middle_mm = np.linalg.norm(grid.to_world(deepest) - grid.to_world(np.argwhere(place).mean(axis=0)), axis=1)
    i, j, k = (int(n) for n in deepest[from_middle_mm.argmin()])
    return Click((i, j, k), value)


Change = Callable[[np.ndarray, Click, Sequence[Click]], np.ndarray]
"""Takes labels, a click and the clicks before; returns labels."""


@dataclass(frozen=True)
class Clicked:
    """What became of labels.

    Attributes:
        dice: mean Dice before the first click and after each one.
        undone: how many clicks were taken back.
    """

    dice: tuple[float, ...]
    undone: int

    @property
    def regained(self) -> float:
        """Share of the missing Dice that came back."""
        return (self.dice[-1] - self.dice[0]) / (1 - self.dice[0])


def click_through(
    labels: np.ndarray, truth: np.ndarray, grid: Grid, change: Change, clicks: int, undoes: bool
) -> Clicked:
    """Click at the worst place so many times.

    Args:
        labels: wrong ones.
        truth: right ones.
        grid: theirs.
        change: what a click does.
        clicks: how many.
        undoes: whether what makes the Dice worse is taken back, as by a person who looks; such a click counts, too.
    """
    values, made, given_up = [mean_dice(labels, truth)], list[Click](), list[Click]()
    for _ in range(clicks):
        click = centre_of_worst(labels, truth, grid, given_up)
        if click is None:
            values.append(values[-1])
            continue
        changed = change(labels, click, made)
        score = mean_dice(changed, truth)
        if undoes and score < values[-1]:
            given_up.append(click)
            values.append(values[-1])
            continue
        made.append(click)
        labels = changed
        values.append(score)
    return Clicked(tuple(values), len(given_up))


def ball_of(grid: Grid, radius_mm: float) -> Change:
    """Return what a plain round brush does."""

    def paint(labels: np.ndarray, click: Click, made: Sequence[Click]) -> np.ndarray:
        del made
        painted = labels.copy()
        painted[_ball(grid, np.array(click.voxel), radius_mm)] = click.value
        return painted

    return paint


def _ball(grid: Grid, place: np.ndarray, radius_mm: float) -> np.ndarray:
    offsets = np.moveaxis(np.indices(grid.shape), 0, -1) - place
    return np.asarray(np.linalg.norm(offsets @ grid.affine[:3, :3].T, axis=-1) <= radius_mm)
