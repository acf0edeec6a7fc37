"""Whole heads under every storage and many variations: are both hippocampi the same, and the sides right?

    python Testing/benchmarks/head_robustness.py HEAD.nii.gz... [--orders 48] [--json FILE]

Prints, for each head, both volumes, where anterior lies, how many of the 48 axis orders give identical labels,
whether a mirrored head exchanges the volumes, and Dice and volume change under each variation.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tasks" / "hippocampus"))

import head_variations as vary
from head_variations import labels_of
from storage_orders import ALL_48_ORDERS

from quantseg.evaluation.metrics import dice
from quantseg.inference.model_store import ModelStore
from quantseg.reading import find_cases, read_scan
from quantseg.tasks.hippocampus.options import HippocampusOptions
from quantseg.tasks.hippocampus.pipeline import HippocampusPipeline
from quantseg.volume import Volume, to_canonical

_LEFT, _RIGHT = (1, 2), (3, 4)


def main() -> None:
    """Measure every head named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("heads", type=Path, nargs="+")
    parser.add_argument("--orders", type=int, default=48, help="how many of the 48 axis orders to try")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    pipeline = HippocampusPipeline(HippocampusOptions(), ModelStore())
    table = {}
    for case in find_cases(options.heads):
        table[case.name] = measure_head(pipeline, read_scan(case).volume, options.orders)
        print(json.dumps({case.name: table[case.name]}, indent=1), flush=True)
    if options.json:
        options.json.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


def measure_head(pipeline: HippocampusPipeline, stored: Volume, orders: int) -> dict:
    """Return the figures of one head."""
    head, _ = to_canonical(Volume(stored.array.astype(np.float32), stored.affine))
    original = labels_of(pipeline, head)
    figures: dict = {"volumes_ml": volumes_ml(original, head), **anterior_mm(original, head)}
    same = [
        np.array_equal(v.labels_back(labels_of(pipeline, v.volume)), original)
        for v in (vary.in_order(head, order) for order in ALL_48_ORDERS[:orders])
    ]
    figures["orders_identical"] = f"{sum(same)} of {len(same)}"
    mirrored = labels_of(pipeline, vary.mirrored_content(head))[::-1]
    exchanged = np.choose(mirrored, [0, 3, 4, 1, 2])
    figures["mirror_exchanges_exactly"] = bool(np.array_equal(exchanged, original))
    for variation in variations(head):
        back = variation.labels_back(labels_of(pipeline, variation.volume))
        changed = volumes_ml(labels_of(pipeline, variation.volume), variation.volume)
        figures[variation.name] = {
            side: {
                "dice": round(dice(np.isin(back, values), np.isin(original, values)), 4),
                "volume_change_percent": round(100 * (changed[side] / figures["volumes_ml"][side] - 1), 2),
            }
            for side, values in (("left", _LEFT), ("right", _RIGHT))
        }
    return figures


def variations(head: Volume) -> list[vary.Variation]:
    """Return the variations that the labels must withstand."""
    return [
        vary.obliquely_stored(head, 15),
        vary.obliquely_stored(head, 30),
        vary.shifted(head, 7),
        vary.rotated(head, 10),
        vary.at_spacing(head, 0.8),
        vary.at_spacing(head, 1.2),
        vary.with_bias_field(head),
    ]


def volumes_ml(labels: np.ndarray, volume: Volume) -> dict[str, float]:
    """Return both hippocampi's volumes."""
    millilitre = volume.voxel_volume_mm3 / 1000
    return {
        "left": float(np.isin(labels, _LEFT).sum()) * millilitre,
        "right": float(np.isin(labels, _RIGHT).sum()) * millilitre,
    }


def anterior_mm(labels: np.ndarray, volume: Volume) -> dict[str, dict[str, float]]:
    """Return by side how far the anterior part lies in front of and below the posterior, and where the side lies."""
    figures = {}
    for side, (anterior, posterior) in (("left", _LEFT), ("right", _RIGHT)):
        front, back = (
            volume.grid.to_world(np.argwhere(labels == value).mean(axis=0)) for value in (anterior, posterior)
        )
        figures[f"anterior_{side}_mm"] = {
            "in_front": round(float(front[1] - back[1]), 1),
            "below": round(float(back[2] - front[2]), 1),
            "x": round(float(front[0] + back[0]) / 2, 1),
        }
    return figures


if __name__ == "__main__":
    main()
