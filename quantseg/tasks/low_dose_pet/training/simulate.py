"""Simulated pairs of scans in a folder, as ``quantseg train low-dose-pet`` takes them.

    python -m quantseg.tasks.low_dose_pet.training.simulate --maps synthseg_label_maps -o PAIRS

A folder that holds a part of them already is gone on with.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nibabel
import numpy as np

from quantseg.errors import UsageError
from quantseg.tasks.low_dose_pet.training.activity import VOXEL_MM, draw_activity
from quantseg.tasks.low_dose_pet.training.pairs import COLUMNS, TABLE, PairRow
from quantseg.tasks.low_dose_pet.training.recipe import read_activity_recipe, read_scanner_recipe
from quantseg.tasks.low_dose_pet.training.scanning import scan
from quantseg.tasks.low_dose_pet.training.starting_point import RECIPE
from quantseg.tasks.low_dose_pet.training.uptake import PLACE_OF_VALUE
from quantseg.training.head_label_maps import head_map_name, head_maps_to_train_on, read_structures

_MOST_STORED = 32000


def simulate(maps: Path, output: Path, recipe: Mapping[str, Any]) -> None:
    """Write pairs for all maps but those kept for testing, each scan in a folder of its own.

    Args:
        maps: folder of label maps of whole heads.
        output: folder of the pairs.
        recipe: ``train.json``.

    Raises:
        UsageError: there are no maps, or no pairs can be made of one.
    """
    told = recipe["simulation"]
    paths = head_maps_to_train_on(maps, recipe["test_maps"])
    kept: dict[Path, np.ndarray] = {}
    # One scan of every map before another of any: whoever stops early has all heads.
    for one in range(told["scans_per_map"]):
        for number, path in enumerate(paths):
            case = f"{head_map_name(path)}_scan_{one}"
            if (output / case / TABLE).exists():
                continue
            if path not in kept:
                kept[path] = read_structures(path, PLACE_OF_VALUE)
            random = np.random.default_rng([recipe["seed"], number, one])
            _write_scan(kept[path], output / case, head_map_name(path), told, random)
            print(case, flush=True)


def _write_scan(
    places: np.ndarray, folder: Path, person: str, told: Mapping[str, Any], random: np.random.Generator
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    recipe = read_scanner_recipe(told["scanner"])
    activity = draw_activity(places, read_activity_recipe(told["activity"]), random, told["slab"])
    scanned = scan(activity, recipe, random)
    _save(scanned.image(1.0, random), folder / "full.nii.gz")
    rows = []
    least, most = np.log(recipe.fractions)
    doses = told["doses_per_scan"]
    for number in range(doses):
        # Each dose from a part of the range of its own, so that all of them come equally often.
        fraction = float(np.exp(least + (most - least) * (number + random.uniform()) / doses))
        _save(scanned.image(fraction, random), folder / f"low_{number}.nii.gz")
        rows.append(PairRow(person, "full.nii.gz", f"low_{number}.nii.gz", round(fraction, 5), True))
    with (folder / TABLE).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows((row.person, row.full, row.low, row.dose_fraction, "yes") for row in rows)


def _save(image: np.ndarray, path: Path) -> None:
    """Write an image in 16 bits; the least steps are far below its noise."""
    # Single voxels at the rim of the field of view can shine by chance.
    step = max(float(np.percentile(image, 99.99)) * 2 / _MOST_STORED, 1e-9)
    stored = np.clip(np.round(image / step), 0, _MOST_STORED).astype(np.int16)
    file = nibabel.Nifti1Image(stored, np.diag([VOXEL_MM, VOXEL_MM, VOXEL_MM, 1.0]))
    file.header.set_slope_inter(step, 0)
    nibabel.save(file, path)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and simulate."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--maps", type=Path, required=True, metavar="DIR", help="label maps of whole heads")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="folder of the pairs")
    options = parser.parse_args(arguments)
    try:
        simulate(options.maps, options.output, RECIPE)
    except UsageError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
