"""Which values of an estimated PET are white, blue and red: alike in the report's picture and in a viewer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quantseg.results.case import CaseResult
from quantseg.results.outputs import ImageMap
from quantseg.results.shown_images import MarkedPlace, MarkedPlaces, ShownImage
from quantseg.tasks.low_dose_pet.pipeline import DIFFERENCE, IMAGE, PEAK_FACTS, UNCERTAINTY

_WHITE_PERCENT = 99.7
_UPTAKE_UNIT = "g/ml (SUV)"
PEAKS_HEADING = "Local maxima changed by more than noise explains"


@dataclass(frozen=True)
class Brightness:
    """Values in the scan's unit.

    Attributes:
        white: in scan and estimate.
        change: the difference of the deepest blue and red.
        doubt: the standard deviation that is white in the map of uncertainty.
    """

    white: float
    change: float
    doubt: float


def brightness_of(result: CaseResult) -> Brightness:
    """Return what the images of a case are drawn by."""
    images = {one.name: one.array for one in result.outputs if isinstance(one, ImageMap)}
    change = max(float(np.percentile(np.abs(images[DIFFERENCE]), _WHITE_PERCENT)), 1e-12)
    return Brightness(_white(images[IMAGE]), change, _white(images[UNCERTAINTY]))


def shown_images(result: CaseResult) -> tuple[ShownImage, ...]:
    """Return scan, estimate, difference and uncertainty, in uptake values where the headers tell them."""
    drawn = brightness_of(result)
    titles = {one.name: one.title for one in result.outputs if isinstance(one, ImageMap)}
    per_stored, unit = _scale(result)
    return (
        ShownImage(None, "Before", "The scan as it is", (0.0, drawn.white), unit, per_stored),
        ShownImage(IMAGE, "After", titles[IMAGE], (0.0, drawn.white), unit, per_stored),
        ShownImage(DIFFERENCE, "Difference", titles[DIFFERENCE], (-drawn.change, drawn.change), unit, per_stored, True),
        ShownImage(UNCERTAINTY, "Uncertainty", titles[UNCERTAINTY], (0.0, drawn.doubt), unit, per_stored),
    )


def marked_places(result: CaseResult) -> MarkedPlaces | None:
    """Return the local maxima that were changed by more than noise explains; None where there are none."""
    places = positions(str(result.facts.get(PEAK_FACTS[0]) or ""))
    if not places.size:
        return None
    per_stored, unit = _scale(result)
    before, after, in_sd = (str(result.facts[name]).split("; ") for name in PEAK_FACTS[1:])
    marked = []
    for place, old, new, sd in zip(places, before, after, in_sd, strict=True):
        change = f"{per_stored * float(old):.3g} to {per_stored * float(new):.3g} {unit}".removesuffix(" 1")
        centre = (float(place[0]), float(place[1]), float(place[2]))
        marked.append(MarkedPlace(centre, f"mean around it from {change}, {sd} SD of the noise"))
    return MarkedPlaces(PEAKS_HEADING, tuple(marked))


def positions(text: str) -> np.ndarray:
    """Return the RAS positions that a fact lists, shape (N, 3)."""
    rows = [[float(value) for value in part.split()] for part in text.split(";") if part.strip()]
    return np.array(rows, float).reshape(-1, 3)


def _scale(result: CaseResult) -> tuple[float, str]:
    """Return what one stored unit is of what people read, and its unit."""
    known = result.facts.get("suv_per_unit")
    return (1.0, str(result.facts["unit"])) if known is None else (float(known), _UPTAKE_UNIT)


def _white(image: np.ndarray) -> float:
    shown = image[image > 0]
    return float(np.percentile(shown, _WHITE_PERCENT)) if shown.size else 1.0
