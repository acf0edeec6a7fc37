"""What a report of function could hold and does not, each with its reason."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from quantseg.results.case import CaseResult
from quantseg.tasks.heart.anatomy import HeartLabel
from quantseg.tasks.heart.function import RIGHT_VENTRICLE
from quantseg.tasks.heart.rates import FEWEST_FRAMES

_BODY = {"height_cm": "height", "weight_kg": "weight"}


def not_given(result: CaseResult) -> str:
    """Return one sentence on what is not given of a heart with phases, and why; empty where everything is.

    Args:
        result: of a cine, or of end-diastole and end-systole.
    """
    measured = {(one.key, one.region) for one in result.measurements}
    parts = list(_missing(result, {key for key, _ in measured}, {region for _, region in measured}))
    return f"Not given: {'; '.join(parts)}." if parts else ""


def _missing(result: CaseResult, keys: Collection[str], regions: Collection[str]) -> Iterator[str]:
    # What the spacing leaves out is said beside the numbers.
    if result.scan.spacing_mm is not None:
        if not any(key.endswith("_index") for key in keys):
            unknown = " and ".join(word for fact, word in _BODY.items() if result.facts.get(fact) is None)
            if unknown:
                yield f"values per m² of body surface, since {unknown} {'are' if ' and ' in unknown else 'is'} unknown"
        if "cardiac_output" not in keys and result.facts.get("heart_rate_per_min") is None:
            yield "cardiac output, since the heart rate is unknown"
        if not any(key.startswith("wall_thickness") for key in keys):
            yield f"wall thickness, since {_why_no_wall(result)}"
    if "peak_ejection_rate_per_end_diastolic_volume" not in keys:
        yield f"peak rates, since {_why_no_rates(result)}"
    if RIGHT_VENTRICLE not in regions:
        yield f"the right ventricle, since {_why_no_right_ventricle(result)}"


def _why_no_rates(result: CaseResult) -> str:
    curves = result.curves
    count = len(result.label_map.frame_numbers) if curves is None else len(curves.frame_numbers) - len(curves.left_out)
    if count < FEWEST_FRAMES:
        return f"{count} frames are too few (at least {FEWEST_FRAMES})"
    if curves is None or curves.times_ms is None:
        return "the times of the frames are unknown"
    return "two frames share a time, or the volume does not both fall and rise"


def _why_no_right_ventricle(result: CaseResult) -> str:
    return "it was not found at end-diastole" if _is_outlined(result) else f"{result.made_by} does not outline it"


def _why_no_wall(result: CaseResult) -> str:
    if not _is_outlined(result) and result.facts.get("orientation") != "known":
        return (
            f"{result.made_by} does not outline the right ventricle, by which the septum is found, and the header's "
            "directions are a placeholder"
        )
    return "the septum, the base or three slices with a closed ring of muscle were not found"


def _is_outlined(result: CaseResult) -> bool:
    """Tell whether the model outlines the right ventricle at all."""
    return any(segment.value == HeartLabel.RV_CAVITY for segment in result.segments)
