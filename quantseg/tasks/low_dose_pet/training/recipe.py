"""How simulated scans vary, as read from ``train.json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class ActivityRecipe:
    """How heads and their uptake vary; lengths in mm.

    Attributes:
        cortex_suv: median standardised uptake value of the cortex.
        turn_deg: largest turn about each axis.
        scale: largest relative change of length along each axis.
        shift_mm: largest shift along each axis.
        bend_mm: SD of the smooth deformation at its knots.
        variation: largest SD of the uptake of grey matter between regions.
        hypometabolic_areas: mean number of wide areas that take up less.
        lesions: mean number of balls that take up more or less.
        hot_share: share of these that take up more.
        lesion_radius_mm: least and largest of them.
    """

    cortex_suv: float
    turn_deg: float
    scale: float
    shift_mm: float
    bend_mm: float
    variation: float
    hypometabolic_areas: float
    lesions: float
    hot_share: float
    lesion_radius_mm: tuple[float, float]


@dataclass(frozen=True)
class ScannerRecipe:
    """How scanners and their counts vary; each is drawn once a scan.

    Attributes:
        angles: of projections over half a turn.
        subsets: of the angles in a reconstruction.
        iterations: of a reconstruction.
        resolution_mm: least and largest full width at half maximum of a point.
        model_share: least and largest share of that width that the reconstruction knows of.
        true_counts: least and largest mean number of true counts a slice in a scan with all counts.
        scatter: least and largest number of scattered counts for each true one.
        randoms: the same of random ones.
        background_error: SD of the relative error with which a reconstruction knows these two.
        filter_mm: least and largest width of a Gaussian filter after the reconstruction.
        filter_probability: of such a filter.
        fractions: least and largest share of the counts that a low-dose scan has.
    """

    angles: int
    subsets: int
    iterations: int
    resolution_mm: tuple[float, float]
    model_share: tuple[float, float]
    true_counts: tuple[float, float]
    scatter: tuple[float, float]
    randoms: tuple[float, float]
    background_error: float
    filter_mm: tuple[float, float]
    filter_probability: float
    fractions: tuple[float, float]


def read_activity_recipe(config: Mapping[str, Any]) -> ActivityRecipe:
    """Return what the ``activity`` section of ``train.json`` describes."""
    return ActivityRecipe(**_with_pairs(ActivityRecipe, config))


def read_scanner_recipe(config: Mapping[str, Any]) -> ScannerRecipe:
    """Return what the ``scanner`` section of ``train.json`` describes."""
    return ScannerRecipe(**_with_pairs(ScannerRecipe, config))


def _with_pairs(kind: type, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values, lists of two as pairs."""
    known = {field.name for field in fields(kind)}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in config.items() if name in known}
