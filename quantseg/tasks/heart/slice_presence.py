"""Whether an expert would outline a cavity in the slices where its outline ends, and what hangs on that.

Where base and apex end is where scanners and readers differ most: a slice that is outlined at end-diastole and not at
end-systole moves an ejection fraction by 5 points and more.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from quantseg.measure.logistic import LogisticModel
from quantseg.measure.values import Interval
from quantseg.tasks.heart.anatomy import HeartLabel
from quantseg.tasks.heart.base_apex import base_apex_order
from quantseg.tasks.heart.coverage import StackEnd
from quantseg.tasks.heart.function import CAVITY_OF, ejection_fraction_percent
from quantseg.tasks.heart.phases import Phases
from quantseg.tasks.heart.short_axis import ShortAxisStack
from quantseg.tasks.heart.sightings import CAVITIES, Sight
from quantseg.tasks.heart.volumes import VolumeCurves

REGION_OF = {label: region for region, label in CAVITY_OF.items()}
DOUBTFUL = (0.2, 0.8)
"""Below the first an expert would hardly outline the slice, above the second nearly always."""

# Fewer say nothing of where the outline ends.
_FEWEST_SLICES = 3
_FEW_PIXELS = 10
# Ejection fractions are told to a tenth of a point, and differ by more than this from reader to reader.
_LEAST_TOLD_POINTS = 1.0
_PHASE_NAMES = ("end-diastole", "end-systole")


@dataclass(frozen=True)
class EndSlice:
    """A cavity in the outermost slice that is outlined, or in the next one beyond.

    Attributes:
        label: of the cavity.
        end: of the stack.
        phase: 0 for end-diastole, 1 for end-systole.
        number: of the slice as pictures number it, 1 at the base.
        k: index of the slice in the stack.
        drawn: whether it is outlined.
        pixels: outlined in it, or in the next slice inwards if it is not.
        terms: what its presence is foreseen from, by name.
    """

    label: HeartLabel
    end: StackEnd
    phase: int
    number: int
    k: int
    drawn: bool
    pixels: int
    terms: Mapping[str, float]

    @property
    def kind(self) -> str:
        """Name of the model that judges it, such as ``rv_cavity_base``."""
        return f"{self.label.name.lower()}_{self.end.value}"


def end_slices(stack: ShortAxisStack, sightings: np.ndarray, phases: Phases) -> tuple[EndSlice, ...]:
    """Return the slices in question at end-diastole and end-systole.

    Args:
        stack: labels of the cycle.
        sightings: of each frame, shape (T, K, 2, 3), as :func:`quantseg.tasks.heart.sightings.frame_sightings` has it.
        phases: end-diastole and end-systole.

    Returns:
        nothing for a single phase, and where nothing tells base from apex.
    """
    order = base_apex_order(stack)
    if order is None or phases.end_diastole == phases.end_systole:
        return ()
    shown, along = [phases.end_diastole, phases.end_systole], list(order.slices)
    areas = stack.areas[:, shown][:, :, along]
    seen = sightings[shown][:, along]
    left = areas[HeartLabel.LV_MYOCARDIUM] + areas[HeartLabel.LV_CAVITY]
    found = []
    for place, label in enumerate(CAVITIES):
        cavity = _Cavity(areas[label], seen[:, :, place], left)
        for phase in (0, 1):
            for end, at, inwards in cavity.ends(phase):
                drawn = bool(cavity.areas[phase, at])
                pixels = int(cavity.areas[phase, at if drawn else at + inwards])
                terms = cavity.terms(phase, at, inwards)
                found.append(EndSlice(label, end, phase, at + 1, along[at], drawn, pixels, terms))
    return tuple(found)


@dataclass(frozen=True)
class _Cavity:
    """One cavity from base to apex.

    Attributes:
        areas: pixels outlined, shape (2, K).
        seen: shape (2, K, 3), along ``Sight``.
        left: pixels of the left ventricle with its muscle, shape (2, K).
    """

    areas: np.ndarray
    seen: np.ndarray
    left: np.ndarray

    def ends(self, phase: int) -> Iterator[tuple[StackEnd, int, int]]:
        """Yield end, slice, and step towards the middle, for the outermost slice and the one beyond it."""
        where = np.flatnonzero(self.areas[phase])
        if len(where) < _FEWEST_SLICES:
            return
        for end, outermost, inwards in ((StackEnd.BASE, int(where[0]), 1), (StackEnd.APEX, int(where[-1]), -1)):
            for at in (outermost, outermost - inwards):
                if 0 <= at < self.areas.shape[1]:
                    yield end, at, inwards

    def terms(self, phase: int, at: int, inwards: int) -> dict[str, float]:
        """Return what the presence of the cavity in a slice is foreseen from."""
        expected = self.seen[..., Sight.EXPECTED_PIXELS]
        promised = self.seen[phase, :, Sight.PROMISED_DICE]
        largest, inner, other = float(self.areas[phase].max()), at + inwards, 1 - phase
        return {
            "size": _log_ratio(expected[phase, at], largest),
            "size_in_other_phase": _log_ratio(expected[other, at], float(self.areas[other].max())),
            "growth": _log_ratio(expected[phase, at], expected[phase, inner]),
            "promised": float(promised[at]),
            "promised_inwards": float(promised[inner]),
            "highest": float(self.seen[phase, at, Sight.HIGHEST_PROBABILITY]),
            "drawn": float(self.areas[phase, at] > 0),
            "drawn_in_other_phase": float(self.areas[other, at] > 0),
            "left_ventricle": _log_ratio(self.left[phase, at], float(self.left[phase].max())),
            "systole": float(phase),
        }


def _log_ratio(pixels: float, others: float) -> float:
    """Return the logarithm of the ratio of two areas, of which either may be nothing."""
    return math.log((pixels + _FEW_PIXELS) / (others + _FEW_PIXELS))


@dataclass(frozen=True)
class DoubtfulEnd:
    """An end slice that may or may not belong to the ventricle.

    Attributes:
        end_slice: which.
        probability: that an expert would outline it.
        volumes_ml: of the phase without it and with it; None where the spacing is unknown.
        ejection_fractions: in %, without it and with it.
    """

    end_slice: EndSlice
    probability: float
    volumes_ml: tuple[float, float] | None
    ejection_fractions: tuple[float, float]

    @property
    def matters(self) -> bool:
        """Whether the ejection fraction hangs on it by so much that people should be told."""
        without, with_it = self.ejection_fractions
        return abs(with_it - without) >= _LEAST_TOLD_POINTS

    @property
    def region(self) -> str:
        """The ventricle, as measurements name it."""
        return REGION_OF[self.end_slice.label]

    def in_words(self, with_interval: bool = True) -> str:
        """Say it in a sentence.

        Args:
            with_interval: whether the ejection fraction has an interval, which then holds both values.
        """
        one, phase = self.end_slice, _PHASE_NAMES[self.end_slice.phase]
        region = self.region.replace("_", " ")
        without, with_it = self.ejection_fractions
        volumes = "" if self.volumes_ml is None else f"{self.volumes_ml[1]:.0f} or {self.volumes_ml[0]:.0f} ml, "
        return (
            f"Whether the {region} reaches into slice {one.number} ({one.end.value}) at {phase} is in doubt: an expert "
            f"would outline it there with a probability of {100 * self.probability:.0f} %, and it is "
            f"{'' if one.drawn else 'not '}outlined. With it and without it: {volumes}ejection fraction {with_it:.1f} "
            f"or {without:.1f} %{'; the interval holds both' if with_interval else ''}."
        )


@dataclass(frozen=True)
class PresenceModel:
    """Probabilities of presence by cavity and end, fitted to experts' outlines.

    Attributes:
        models: by :attr:`EndSlice.kind`.
        added_share: how large a cavity is in a slice that was missed, as a share of its area in the next slice
            inwards; by kind.
    """

    models: Mapping[str, LogisticModel]
    added_share: Mapping[str, float]

    def doubtful_ends(self, ends: Sequence[EndSlice], curves: VolumeCurves, phases: Phases) -> tuple[DoubtfulEnd, ...]:
        """Return the end slices in doubt, and what the measurement is with and without each.

        A ventricle that end-diastole does not show has no ejection fraction, and nothing that hangs on its slices.
        """
        found = []
        for one in ends:
            counts = _counts(one.label, curves, phases)
            if one.kind not in self.models or not counts[0]:
                continue
            probability = self.models[one.kind].probability(one.terms)
            if DOUBTFUL[0] < probability < DOUBTFUL[1]:
                either = [counts.copy(), counts.copy()]
                either[0 if one.drawn else 1][one.phase] += self.change_pixels(one)
                fractions = [ejection_fraction_percent(*pair) for pair in either]
                ml = curves.voxel_volume_ml
                volumes = None if ml is None else (either[0][one.phase] * ml, either[1][one.phase] * ml)
                found.append(DoubtfulEnd(one, probability, volumes, (fractions[0], fractions[1])))
        return tuple(found)

    def widened(
        self,
        intervals: Mapping[str, Interval],
        doubtful: Sequence[DoubtfulEnd],
        curves: VolumeCurves,
        phases: Phases,
    ) -> Mapping[str, Interval]:
        """Return intervals of the ejection fraction, in % by region, that hold it with and without each slice.

        Of one end of a ventricle, both phases may change together; of its two ends, one at a time.
        """
        held = dict(intervals)
        for kind in dict.fromkeys(one.end_slice.kind for one in doubtful):
            changes: tuple[list[float], list[float]] = [0.0], [0.0]
            for one in (one.end_slice for one in doubtful if one.end_slice.kind == kind):
                changes[one.phase].append(self.change_pixels(one))
                label = one.label
            region, (ed, es) = REGION_OF[label], _counts(label, curves, phases)
            fractions = [
                ejection_fraction_percent(ed + at_ed, es + at_es)
                for at_ed in changes[0]
                for at_es in changes[1]
                if ed + at_ed > 0
            ]
            if region in held:
                low, high = held[region].low, held[region].high
                held[region] = Interval(min(low, *fractions), max(high, *fractions))
        return held

    def change_pixels(self, one: EndSlice) -> float:
        """Return by how many pixels the cavity changes if the doubt about a slice is decided the other way."""
        return -one.pixels if one.drawn else self.added_share[one.kind] * one.pixels


def _counts(label: HeartLabel, curves: VolumeCurves, phases: Phases) -> list[float]:
    counts = curves.voxel_counts[label]
    return [float(counts[phases.end_diastole]), float(counts[phases.end_systole])]


def read_presence(values: Mapping[str, Any]) -> PresenceModel:
    """Return the model that ``dataclasses.asdict`` made these values of."""
    return PresenceModel({kind: LogisticModel(**one) for kind, one in values["models"].items()}, values["added_share"])
