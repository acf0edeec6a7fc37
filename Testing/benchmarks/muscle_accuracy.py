"""How well the lumbar muscle network does, on drawn cross-sections with seeds of their own, and on one real person.

    python Testing/benchmarks/muscle_accuracy.py drawn [--slices 150] [--model BUNDLE] [--json FILE]
    python Testing/benchmarks/muscle_accuracy.py dixon --data LUMBAR_DIXON [--around 3 10] [--model BUNDLE]

``drawn``: Dice, error of area and of fat (Dixon against the same pixels of the true outline) by muscle and contrast.
``dixon``: the one scan with manual labels of erector spinae and multifidus (1 right erector spinae, 2 right multifidus,
3 left multifidus, 4 left erector spinae), over all slices and over those around L4 (``--around``, index in the file,
both ends counted). That scan may judge and nothing else: count each run in the card.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path

import nibabel
import numpy as np

from quantseg.inference.device import choose_device
from quantseg.inference.ensemble import Ensemble
from quantseg.models.bundle import bundle_in, find_bundle
from quantseg.tasks.lumbar_muscle.channels import Muscle, Side, label_of
from quantseg.tasks.lumbar_muscle.fat import fraction, is_swapped
from quantseg.tasks.lumbar_muscle.pipeline import NETWORK
from quantseg.tasks.lumbar_muscle.segmenting import segment_plane
from quantseg.tasks.lumbar_muscle.training.recipe import read_recipe
from quantseg.tasks.lumbar_muscle.training.scanning import Contrast
from quantseg.tasks.lumbar_muscle.training.starting_point import RECIPE
from quantseg.tasks.lumbar_muscle.training.synthetic_slices import draw_slice
from quantseg.tasks.lumbar_muscle.view import why_not_lumbar

_FIRST_SEED = 10**12
_PIXEL_MM = 1.25
_MANUAL = {
    1: (Side.RIGHT, Muscle.ERECTOR_SPINAE),
    2: (Side.RIGHT, Muscle.MULTIFIDUS),
    3: (Side.LEFT, Muscle.MULTIFIDUS),
    4: (Side.LEFT, Muscle.ERECTOR_SPINAE),
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["drawn", "dixon"])
    parser.add_argument("--data", type=Path, help="folder of the real scan")
    parser.add_argument("--around", type=int, nargs=2, default=(3, 10), metavar="K", help="slices around L4")
    parser.add_argument("--model", type=Path, help="folder of a bundle (the one that ships)")
    parser.add_argument("--slices", type=int, default=150)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    bundle = bundle_in(options.model) if options.model else find_bundle(NETWORK)
    ensemble = Ensemble(bundle, choose_device("auto"))
    table = {"drawn": drawn, "dixon": dixon}[options.what](options, ensemble)
    print(json.dumps(table, indent=1))
    if options.json:
        options.json.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


def drawn(options: argparse.Namespace, ensemble: Ensemble) -> dict[str, object]:
    """Return Dice by muscle and by contrast, and the errors of area and fat on Dixon slices."""
    recipe = read_recipe(RECIPE["slices"])
    contrasts = list(Contrast)
    dice: dict[str, dict[str, list[float]]] = {one.name: {m.value: [] for m in Muscle} for one in contrasts}
    area_percent: dict[str, list[float]] = {m.value: [] for m in Muscle}
    fat_points: dict[str, list[float]] = {m.value: [] for m in Muscle}
    kept, swaps_missed, swaps_invented = 0, 0, 0
    for number in range(options.slices):
        contrast = contrasts[number % len(contrasts)]
        one = draw_slice(_FIRST_SEED + number, (256, 176), _PIXEL_MM, recipe, contrast)
        plane = segment_plane(one.images, (_PIXEL_MM, _PIXEL_MM), ensemble)
        kept += not why_not_lumbar(plane, (_PIXEL_MM, _PIXEL_MM))
        true = one.shares.argmax(axis=0)
        if contrast is Contrast.DIXON:
            said = [is_swapped(*images, plane.labels, (_PIXEL_MM,) * 2) for images in (one.images, one.images[::-1])]
            swaps_invented, swaps_missed = swaps_invented + said[0], swaps_missed + (said[0] == said[1])
        for muscle in Muscle:
            for side in Side:
                value = label_of(muscle, side)
                if not (true == value).any():
                    continue
                dice[contrast.name][muscle.value].append(overlap(plane.labels == value, true == value))
                area_percent[muscle.value].append(100 * ((plane.labels == value).sum() / (true == value).sum() - 1))
                if contrast is Contrast.DIXON and (plane.labels == value).any():
                    percent = fraction(*one.images)
                    found, expected = (float(np.nanmean(percent[m == value])) for m in (plane.labels, true))
                    fat_points[muscle.value].append(found - expected)
    every = {m.value: [x for by in dice.values() for x in by[m.value]] for m in Muscle}
    return {
        "slices": options.slices,
        "taken_for_lumbar": kept,
        "dixon_swaps_found_where_the_scan_had_them_or_invented": swaps_invented,
        "dixon_both_orders_judged_alike": swaps_missed,
        "dice": {name: round(float(np.mean(found)), 4) for name, found in every.items()},
        "dice_by_contrast": {
            name: {muscle: round(float(np.mean(found)), 3) for muscle, found in by.items()} for name, by in dice.items()
        },
        "area_percent": {name: spread(found) for name, found in area_percent.items()},
        "fat_points": {name: spread(found) for name, found in fat_points.items()},
    }


def dixon(options: argparse.Namespace, ensemble: Ensemble) -> dict[str, object]:
    """Return Dice, areas and fat against the manual labels, of all slices and of those around L4."""
    stored = [nibabel.load(options.data / f"TUM01_{name}.nii.gz") for name in ("water", "fat", "labels")]
    # The command's own way brings any axis order to this one; here it is RAS, the third axis upwards.
    canonical = [nibabel.as_closest_canonical(image) for image in stored]
    water, fat, manual = (np.asarray(image.dataobj, np.float32) for image in canonical)
    i_mm, j_mm = (float(mm) for mm in canonical[0].header.get_zooms()[:2])
    began = time.perf_counter()
    rows = list(_rows(water, fat, manual, (i_mm, j_mm), ensemble))
    first, last = options.around
    around = [row for row in rows if first <= row["slice"] <= last]
    return {
        "seconds": round(time.perf_counter() - began, 1),
        "slices": rows,
        "all": summed_up(rows),
        f"around_{first}_{last}": summed_up(around),
    }


def _rows(
    water: np.ndarray, fat: np.ndarray, manual: np.ndarray, pixel_mm: tuple[float, float], ensemble: Ensemble
) -> Iterator[dict[str, object]]:
    for k in range(water.shape[2]):
        pictures = np.stack([water[:, :, k], fat[:, :, k]])
        plane = segment_plane(pictures, pixel_mm, ensemble)
        percent = fraction(*pictures)
        row: dict[str, object] = {"slice": k, "why_not": why_not_lumbar(plane, pixel_mm)}
        for value, (side, muscle) in _MANUAL.items():
            found, true = plane.labels == label_of(muscle, side), manual[:, :, k] == value
            row[f"{side.value}_{muscle.value}"] = {
                "dice": round(overlap(found, true), 4),
                "area_mm2": [round(float(mask.sum()) * pixel_mm[0] * pixel_mm[1], 1) for mask in (found, true)],
                "fat_percent": [round(float(np.nanmean(percent[m])), 2) if m.any() else None for m in (found, true)],
            }
        yield row


def summed_up(rows: list[dict[str, object]]) -> dict[str, object]:
    """Return mean Dice, error of the mean area in per cent and of the mean fat in points, by muscle and side."""
    summary: dict[str, object] = {"taken_for_lumbar": sum(not row["why_not"] for row in rows), "of": len(rows)}
    for side, muscle in _MANUAL.values():
        parts = [row[f"{side.value}_{muscle.value}"] for row in rows]
        areas = np.array([part["area_mm2"] for part in parts])
        fats = np.array([part["fat_percent"] for part in parts if None not in part["fat_percent"]])
        apart = 100 * (areas[:, 0] / np.maximum(areas[:, 1], 1) - 1)
        summary[f"{side.value}_{muscle.value}"] = {
            "dice": round(float(np.mean([part["dice"] for part in parts])), 4),
            "area_percent": round(float(100 * (areas[:, 0].sum() / areas[:, 1].sum() - 1)), 1),
            "area_percent_by_slice": round(float(np.abs(apart).mean()), 1),
            "fat_points": round(float((fats[:, 0] - fats[:, 1]).mean()), 2),
            "fat_points_by_slice": round(float(np.abs(fats[:, 0] - fats[:, 1]).mean()), 2),
        }
    return summary


def overlap(found: np.ndarray, true: np.ndarray) -> float:
    """Return the Dice of two masks."""
    return float(2 * (found & true).sum() / max(1, found.sum() + true.sum()))


def spread(errors: list[float]) -> dict[str, float]:
    """Return mean, and median and 95th percentile of the size, of errors."""
    if not errors:
        return {}
    median, high = np.percentile(np.abs(errors), (50, 95))
    return {"mean": round(float(np.mean(errors)), 2), "median": round(float(median), 2), "p95": round(float(high), 2)}


if __name__ == "__main__":
    main()
