"""What a hippocampus' labels alone tell, and the image that they lie in: judged again after a correction by hand."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np

from quantseg.measure.limits import Limits, telling_decimals
from quantseg.measure.segments import Segment
from quantseg.measure.statistics import bounding_box, long_axis
from quantseg.measure.values import Check, Verdict
from quantseg.tasks.hippocampus.checks import RULES, check_rules
from quantseg.tasks.hippocampus.edge import with_content
from quantseg.tasks.hippocampus.options import Side
from quantseg.volume import Grid, Volume, to_canonical
from quantseg.volume.masks import components, shrunk

PIECES, SIDES, FOUND = "pieces", "sides", "found"
BOTH_SIDES = ""
"""Under this name :func:`check_labels` gives what is of both sides together."""

# A model leaves one piece; a person may leave a stray voxel of the brush, but no second structure.
_PIECES = Limits((None, 0.01), (None, 0.10))
_EDGE_VOXELS = 6
"""How far around a hippocampus the image is looked at for where it ends."""


def check_labels(
    image: Volume,
    labels: np.ndarray,
    segments: Sequence[Segment],
    expected: Collection[str],
    limits: Mapping[str, Limits],
) -> dict[str, tuple[Check, ...]]:
    """Judge labels without any model's help.

    Args:
        image: intensities.
        labels: label map on its grid.
        segments: ``CROP_SEGMENTS`` or ``SIDED_SEGMENTS``.
        expected: of which sides there must be labels, as :func:`side_of` names them.
        limits: by feature, as fitted for the model.

    Returns:
        the checks of each side, passed ones too: volume, share and order of the parts, length, border, connected
        pieces. Under ``BOTH_SIDES`` whether left lies on the left.
    """
    canonical, placed = (to_canonical(one)[0] for one in (image, image.with_array(labels)))
    parts: dict[str, list[Segment]] = {}
    for segment in segments:
        parts.setdefault(side_of(segment.key), []).append(segment)
    checks = {
        side: tuple(_of_side(canonical, placed.array, side, found, expected, limits)) for side, found in parts.items()
    }
    return checks | {BOTH_SIDES: tuple(_on_their_sides(placed, parts))}


def side_of(key: str) -> str:
    """Return the side that a segment is of: ``left``, ``right``, or ``whole`` where nobody knows it."""
    return key.rpartition("_")[0] or "whole"


def side_of_check(check: Check) -> str | None:
    """Return the side that a check names, as :func:`side_of` does; None where it is of the image, or of both sides."""
    return next((side for side in ("left", "right", "whole") if f"{_whose(side)}: " in check.reason), None)


def _whose(side: str) -> str:
    """Return what a hippocampus is called in the reason of a check."""
    return "Hippocampus" if side == "whole" else f"{side.capitalize()} hippocampus"


def _of_side(
    image: Volume,
    labels: np.ndarray,
    side: str,
    parts: Sequence[Segment],
    expected: Collection[str],
    limits: Mapping[str, Limits],
) -> Iterator[Check]:
    whole = np.isin(labels, [part.value for part in parts])
    box = bounding_box(whole)
    if box is None:
        if side in expected:
            reason = f"{_whose(side)}: nothing is labelled; draw it, or check that the picture shows it."
            yield Check(RULES[1].feature, Verdict.FAIL, reason)
        return
    if side not in expected:
        reason = f"{_whose(side)}: labelled in a crop of the other side; check which side the crop shows."
        yield Check(SIDES, Verdict.FAIL, reason)
    around = tuple(
        slice(max(one.start - _EDGE_VOXELS, 0), min(one.stop + _EDGE_VOXELS, n))
        for one, n in zip(box, whole.shape, strict=True)
    )
    values = _features(whole, [labels == part.value for part in parts], image.grid)
    values["border_share"] = _border_share(image.array, whole, around)
    yield from check_rules(values, limits, _whose(side))
    yield _connected(whole[around], side)


def _features(whole: np.ndarray, parts: Sequence[np.ndarray], grid: Grid) -> dict[str, float]:
    """Return the features of one hippocampus that its labels tell, as ``HippocampusFeatures`` names them."""
    counts = [int(np.count_nonzero(part)) for part in parts]
    positions_mm = grid.to_world(np.argwhere(whole))
    along_mm = positions_mm @ long_axis(whole, grid)
    features = {
        "volume_mm3": sum(counts) * grid.voxel_volume_mm3,
        "anterior_share": counts[0] / sum(counts),
        # A voxel counts with a millimetre, the width at which the limits were fitted.
        "length_mm": float(np.ptp(along_mm)) + 1.0,
    }
    if all(counts):
        anterior, posterior = (grid.to_world(np.argwhere(part).mean(axis=0)) for part in parts)
        _, front_mm, above_mm = anterior - posterior
        features |= {"anterior_in_front_mm": float(front_mm), "anterior_below_mm": float(-above_mm)}
    return features


def _border_share(image: np.ndarray, whole: np.ndarray, around: tuple[slice, ...]) -> float:
    """Return the share of a hippocampus that lies within a voxel of where the image ends, or is blank."""
    content = with_content(image[around], np.ones(image[around].shape, bool))
    # Only a face of the box at which the image itself ends is an edge.
    ends = [(int(one.start > 0), int(one.stop < n)) for one, n in zip(around, image.shape, strict=True)]
    inside = shrunk(np.pad(content, ends, mode="edge"), corners=False)
    kept = tuple(slice(low, size - high) for (low, high), size in zip(ends, inside.shape, strict=True))
    return float((whole[around] & ~inside[kept]).sum()) / float(whole.sum())


def _connected(whole: np.ndarray, side: str) -> Check:
    sizes = np.bincount(components(whole).ravel())[1:]
    apart = 1 - sizes.max() / sizes.sum()
    verdict = _PIECES.verdict(float(apart))
    most = _PIECES.look[1] or 0.0
    decimals = telling_decimals(float(apart), (most,), 1, 100)
    found = (
        f"{_whose(side)}: {100 * apart:.{decimals}f} % lies apart from the largest piece (expected at most "
        f"{100 * most:.{decimals - 1}f} %)"
    )
    return Check(PIECES, verdict, found + ("." if verdict is Verdict.GOOD else ": another structure is labelled, too."))


def _on_their_sides(labels: Volume, parts: Mapping[str, Sequence[Segment]]) -> Iterator[Check]:
    places_mm = {}
    for side in (Side.LEFT.value, Side.RIGHT.value):
        voxels = np.argwhere(np.isin(labels.array, [part.value for part in parts.get(side, ())]))
        if len(voxels):
            places_mm[side] = float(labels.grid.to_world(voxels.mean(axis=0))[0])
    if len(places_mm) < 2:
        return
    # To the patient's right x grows.
    between_mm = places_mm[Side.RIGHT.value] - places_mm[Side.LEFT.value]
    there = f"{abs(between_mm):.0f} mm to the {'left' if between_mm > 0 else 'right'} of the right one"
    if between_mm > 0:
        yield Check(SIDES, Verdict.GOOD, f"The left hippocampus lies {there}.")
    else:
        yield Check(SIDES, Verdict.FAIL, f"The left hippocampus lies {there}: left and right are exchanged.")
