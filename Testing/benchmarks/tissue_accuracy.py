"""How well the tissue network does, on synthetic heads from unseen label maps, on real brains, and on two scans of one.

    python Testing/benchmarks/tissue_accuracy.py synthetic --data MAPS [--heads 200] [--model BUNDLE] [--json FILE]
    python Testing/benchmarks/tissue_accuracy.py manual --data HEADS_MANUAL [--model BUNDLE]
    python Testing/benchmarks/tissue_accuracy.py rescan --data OASIS1_BRAINS [--model BUNDLE]

``synthetic``: whole heads in view at 1 mm, from the label maps kept from training, each of eight contrasts in turn, as
the training's recipe varies them but for coarse voxels (``--coarse`` adds those): Dice of what holds most of each
voxel, and the error of the intracranial volume. ``manual``: Dice of grey and white matter against manual labels, where
ventricles are the only fluid that bears a label; these brains may judge and nothing else. ``rescan``: the coefficient
of variation of each tissue's share between two scans of one person (sixteen were scanned twice).
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import torch

from quantseg.brain.regions import REGIONS_OF_TISSUE, Region, Tissue
from quantseg.brain.tissue_prediction import TissuePrediction, predict_tissue
from quantseg.inference.device import choose_device
from quantseg.inference.ensemble import Ensemble
from quantseg.models.bundle import bundle_in, find_bundle
from quantseg.tasks.brain_tissue.anatomy import TISSUES
from quantseg.tasks.brain_tissue.pipeline import NETWORK
from quantseg.tasks.brain_tissue.segmenting import labels_on_scan
from quantseg.tasks.brain_tissue.training.brain_maps import read_brain_map
from quantseg.tasks.brain_tissue.training.contrast import Contrast
from quantseg.tasks.brain_tissue.training.recipe import read_recipe
from quantseg.tasks.brain_tissue.training.starting_point import RECIPE
from quantseg.tasks.brain_tissue.training.synthetic_brains import BrainSynthesiser, Skull
from quantseg.volume import Volume, to_canonical

_SIZES = ((176,), (216,), (176,))
_SKULLS = (Skull.WHOLE, Skull.WHOLE, Skull.WHOLE, Skull.STRIPPED, Skull.BRAIN_ONLY)
_TISSUES = (Tissue.FLUID, Tissue.GREY, Tissue.WHITE)
_INTRACRANIAL = [region for region in Region if region is not Region.BACKGROUND]
Predict = Callable[[Volume], TissuePrediction]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["synthetic", "manual", "rescan"])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, help="folder of a bundle (the one that ships)")
    parser.add_argument("--heads", type=int, default=200)
    parser.add_argument("--coarse", action="store_true", help="voxels to 3 mm, as in training")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    bundle = bundle_in(options.model) if options.model else find_bundle(NETWORK)
    ensemble = Ensemble(bundle, choose_device("auto"))

    def predict(volume: Volume) -> TissuePrediction:
        return predict_tissue(volume, ensemble)

    tables = {"synthetic": synthetic, "manual": manual, "rescan": rescan}
    table = tables[options.what](options, predict)
    print(json.dumps(table, indent=1))
    if options.json:
        options.json.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


def synthetic(options: argparse.Namespace, predict: Predict) -> dict[str, object]:
    """Return Dice by tissue and contrast, and the errors of the intracranial volume."""
    maps = [read_brain_map(options.data / f"{name}.nii.gz") for name in RECIPE["test_maps"]]
    recipe = replace(
        read_recipe(RECIPE["brains"]),
        sizes=_SIZES,
        overhang_mm=0.0,
        cut_probability=0.0,
        coarse_probability=RECIPE["brains"]["coarse_probability"] if options.coarse else 0.0,
    )
    dice: dict[str, list[list[float]]] = {contrast.name: [] for contrast in Contrast}
    errors: list[float] = []
    for number in range(options.heads):
        contrast, skull = list(Contrast)[number % len(Contrast)], _SKULLS[number % len(_SKULLS)]
        changed = replace(recipe, contrast_weights={contrast.name: 1.0}, skull_weights={skull.name: 1.0})
        generator = torch.Generator().manual_seed(1_000_000 * options.seed + number)
        head = BrainSynthesiser(maps, changed, generator).draw()
        volume = Volume(1000 * head.image.numpy(), np.eye(4))
        prediction = predict(volume)
        labels = labels_on_scan(prediction, TISSUES, volume.grid)
        true = tissue_labels(head.fractions.numpy())
        dice[contrast.name].append([overlap(labels == tissue, true == tissue) for tissue in _TISSUES])
        if skull is Skull.WHOLE:
            intracranial_ml = float(head.fractions[..., 1:].sum(dtype=torch.float64)) / 1000
            errors.append(100 * (prediction.volume_ml(_INTRACRANIAL) / intracranial_ml - 1))
        print(number, contrast.name, skull.name, np.round(dice[contrast.name][-1], 3).tolist(), flush=True)
    every = np.array([one for found in dice.values() for one in found])
    return {
        "heads": len(every),
        "dice": {tissue.name: round(float(value), 4) for tissue, value in zip(_TISSUES, every.mean(0), strict=True)},
        "dice_mean": round(float(every.mean()), 4),
        "dice_mean_by_contrast": {name: round(float(np.mean(found)), 4) for name, found in dice.items() if found},
        "worst_head": round(float(every.mean(axis=1).min()), 4),
        "intracranial_error_percent": spread(errors),
    }


def manual(options: argparse.Namespace, predict: Predict) -> dict[str, object]:
    """Return Dice of grey and white matter in each real brain."""
    found = {}
    for path in sorted(options.data.glob("*_SS.nii.gz")):
        volume, _ = to_canonical(read(path))
        truth, _ = to_canonical(read(Path(str(path).replace("_SS", "_classified"))))
        began = time.perf_counter()
        labels = labels_on_scan(predict(volume), TISSUES, volume.grid)
        seconds = time.perf_counter() - began
        dice = {t.name: round(overlap(labels == t, truth.array == t), 4) for t in (Tissue.GREY, Tissue.WHITE)}
        found[path.name.removesuffix("_SS.nii.gz")] = dice | {"seconds": round(seconds, 1)}
    return found


def rescan(options: argparse.Namespace, predict: Predict) -> dict[str, object]:
    """Return how far the shares of two scans of one person are apart."""
    shares: dict[str, list[np.ndarray]] = {tissue.name: [] for tissue in _TISSUES}
    for second in sorted((options.data / "images").glob("*_MR2.nii.gz")):
        pair = [Path(str(second).replace("_MR2", "_MR1")), second]
        found = [predict(to_canonical(read(path))[0]) for path in pair]
        for tissue in _TISSUES:
            volumes = [one.volume_ml(REGIONS_OF_TISSUE[tissue]) / one.volume_ml(_INTRACRANIAL) for one in found]
            shares[tissue.name].append(np.array(volumes))
    return {name: variation(np.array(pairs)) for name, pairs in shares.items()}


def variation(pairs: np.ndarray) -> dict[str, float]:
    """Return the within-person coefficient of variation of pairs, shape (N, 2), in per cent."""
    apart = np.diff(pairs, axis=1)[:, 0] / pairs.mean(axis=1)
    return {"people": len(pairs), "within_person_percent": round(float(100 * np.sqrt((apart**2).mean() / 2)), 3)}


def tissue_labels(fractions: np.ndarray) -> np.ndarray:
    """Return the tissue that holds most of each voxel, from the shares of regions, shape (I, J, K, regions)."""
    shares = [fractions[..., Region.BACKGROUND]]
    shares += [fractions[..., list(REGIONS_OF_TISSUE[tissue])].sum(axis=-1) for tissue in _TISSUES]
    return np.asarray(np.argmax(np.stack(shares), axis=0))


def overlap(found: np.ndarray, true: np.ndarray) -> float:
    """Return the Dice of two masks."""
    return float(2 * (found & true).sum() / max(1, found.sum() + true.sum()))


def spread(errors: list[float]) -> dict[str, float]:
    """Return mean, and median and 95th percentile of the size, of errors in per cent."""
    sizes = np.abs(errors)
    median, high = np.percentile(sizes, (50, 95))
    return {"mean": round(float(np.mean(errors)), 2), "median": round(float(median), 2), "p95": round(float(high), 2)}


def read(path: Path) -> Volume:
    """Return an image as it is stored."""
    image = nibabel.load(path)
    return Volume(np.asarray(image.dataobj), image.affine)


if __name__ == "__main__":
    main()
