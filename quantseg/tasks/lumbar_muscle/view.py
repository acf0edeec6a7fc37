"""Whether labels of a plane can be those of a lumbar cross-section, and whether the picture cuts them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from quantseg.tasks.lumbar_muscle.body import body_mask
from quantseg.tasks.lumbar_muscle.channels import Muscle, Side, label_of
from quantseg.tasks.lumbar_muscle.segmenting import PlaneLabels

# Wide bounds of what an adult can have between L2 and L5; assumed, not fitted to anybody.
_AREA_MM2 = {
    Muscle.PSOAS: (90.0, 4500.0),
    Muscle.ERECTOR_SPINAE: (200.0, 5000.0),
    Muscle.MULTIFIDUS: (40.0, 2600.0),
}
_NAMES = {Muscle.PSOAS: "psoas", Muscle.ERECTOR_SPINAE: "erector spinae", Muscle.MULTIFIDUS: "multifidus"}
_SIDES_APART_MM = 25.0
_LEAST_CONFIDENCE = 0.6
# No adult's trunk is narrower between L2 and L5, with room for sides that a coil at the back leaves dark; assumed.
_NARROWEST_MM = 170.0


@dataclass(frozen=True)
class _Place:
    """A muscle's area, and where its middle lies in the plane, in mm."""

    area_mm2: float
    x: float
    y: float


def why_not_lumbar(plane: PlaneLabels, pixel_mm: tuple[float, float]) -> str:
    """Say why a plane is taken for no cross-section through the lumbar spine; empty where it may be one.

    Args:
        plane: labels, and how sure the network was.
        pixel_mm: size of a pixel.
    """
    places = _places(plane.labels, pixel_mm)
    for muscle, (least, most) in _AREA_MM2.items():
        for side in Side:
            found = places.get((side, muscle))
            name = f"the {side.value} {_NAMES[muscle]}"
            if found is None:
                return f"{name} was not found"
            if not least <= found.area_mm2 <= most:
                return f"{name} would have {found.area_mm2:,.0f} mm² (expected {least:,.0f} to {most:,.0f})"
            confidence = plane.confidence[label_of(muscle, side)]
            if confidence < _LEAST_CONFIDENCE:
                return (
                    f"the network gives {name} a probability of {confidence:.2f} (expected {_LEAST_CONFIDENCE} or more)"
                )
    return _why_out_of_place(places)


def why_no_trunk(picture: np.ndarray, pixel_mm: tuple[float, float]) -> str:
    """Say why a plane shows no trunk, as a head or a limb does not; empty where it may show one, or a part of one.

    Args:
        picture: one image, or the sum of water and fat, shape (I, J).
        pixel_mm: size of a pixel.
    """
    wide_mm, is_cut = _width(picture, pixel_mm)
    if is_cut or wide_mm >= _NARROWEST_MM:
        return ""
    return f"what it shows is {wide_mm:.0f} mm wide, with air on both sides (expected {_NARROWEST_MM:.0f} mm or more)"


def trunk_is_untold(picture: np.ndarray, pixel_mm: tuple[float, float]) -> bool:
    """Tell whether the picture cuts what it shows before that is as wide as a trunk: a head may look so as well."""
    wide_mm, is_cut = _width(picture, pixel_mm)
    return is_cut and wide_mm < _NARROWEST_MM


def _width(picture: np.ndarray, pixel_mm: tuple[float, float]) -> tuple[float, bool]:
    """Return how wide what a picture shows is, in mm, and whether its sides cut that; nothing at all is cut as well."""
    columns = np.flatnonzero(body_mask(picture).any(axis=1))
    if not columns.size:
        return 0.0, True
    is_cut = bool(columns[0] == 0 or columns[-1] == len(picture) - 1)
    return float((columns[-1] - columns[0] + 1) * pixel_mm[0]), is_cut


def _why_out_of_place(places: Mapping[tuple[Side, Muscle], _Place]) -> str:
    for muscle in _AREA_MM2:
        apart_mm = places[Side.RIGHT, muscle].x - places[Side.LEFT, muscle].x
        if apart_mm < (_SIDES_APART_MM if muscle is not Muscle.MULTIFIDUS else 0):
            return f"left and right {_NAMES[muscle]} do not lie on their own sides of the spine"
    for side, sign in ((Side.LEFT, -1), (Side.RIGHT, 1)):
        psoas, erector, multifidus = (places[side, muscle] for muscle in _AREA_MM2)
        if psoas.y <= erector.y:
            return f"the {side.value} psoas does not lie in front of the erector spinae"
        if sign * multifidus.x >= sign * erector.x:
            return f"the {side.value} multifidus does not lie between spine and erector spinae"
    return ""


def _places(labels: np.ndarray, pixel_mm: tuple[float, float]) -> dict[tuple[Side, Muscle], _Place]:
    found = {}
    for muscle in _AREA_MM2:
        for side in Side:
            pixels = np.argwhere(labels == label_of(muscle, side))
            if len(pixels):
                x, y = pixels.mean(axis=0) * pixel_mm
                found[side, muscle] = _Place(len(pixels) * pixel_mm[0] * pixel_mm[1], float(x), float(y))
    return found


def values_at_edge(labels: np.ndarray) -> set[int]:
    """Return the label values that reach the edge of the picture, where it may cut what they stand for."""
    edges = (labels[0], labels[-1], labels[:, 0], labels[:, -1])
    return {int(value) for edge in edges for value in np.unique(edge)} - {0}
