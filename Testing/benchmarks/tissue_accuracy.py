"""How well tissues are told apart: on synthetic heads of unseen label maps, on real brains, on scans of one person.

    python Testing/benchmarks/tissue_accuracy.py synthetic --data MAPS [--heads 200] [--model BUNDLE] [--json FILE]
    python Testing/benchmarks/tissue_accuracy.py intracranial --data MAPS [--heads 200] [--model BUNDLE]
    python Testing/benchmarks/tissue_accuracy.py parts --data MAPS [--heads 200], or --data HEADS_MANUAL --manual
    python Testing/benchmarks/tissue_accuracy.py manual --data HEADS_MANUAL [--model BUNDLE]
    python Testing/benchmarks/tissue_accuracy.py rescan --data OASIS1_BRAINS [--model BUNDLE]
    python Testing/benchmarks/tissue_accuracy.py changed --data HEAD.nii.gz [--model BUNDLE]

``synthetic``: heads at 1 mm of eight contrasts in equal numbers, from the label maps kept from training, as the
training's recipe varies them, whole in view, two of five without their skull: Dice of what holds most of each voxel,
and the error of the intracranial volume. Heads that the command refuses are counted, and segmented as with ``--force``.
``intracranial``: that error alone, of whole heads at 2 mm as the network sees them, where four of five are T1-weighted
and the fifth has one of five other contrasts. ``parts``: Dice and error of the volume of each part. ``manual``: Dice of
grey and white matter against manual labels, where ventricles are the only fluid that bears a label; these brains may
judge and nothing else. ``rescan``: the coefficient of variation of each tissue's and part's share between two scans of
one person (sixteen were scanned twice). ``changed``: that of a head which is resampled, shaded, made noisy and turned.

``--peer`` judges, in place of QuantSeg, a mixture of three Gaussians of the brain's brightness after N4 bias correction
(SimpleITK), which is given the brain's mask.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import nibabel
import numpy as np
import torch
from plain_mixture import plain_mixture

from quantseg.brain.regions import REGIONS_OF_PART, REGIONS_OF_TISSUE, Part, Region, Tissue
from quantseg.brain.stripping import given_brain
from quantseg.brain.tissue_prediction import TissuePrediction, predict_tissue
from quantseg.errors import InputRefused
from quantseg.inference.device import choose_device
from quantseg.inference.ensemble import Ensemble
from quantseg.measure.t1_contrast import check_contrast
from quantseg.models.bundle import bundle_in, find_bundle
from quantseg.tasks.brain_tissue.anatomy import TISSUES, TISSUES_AND_PARTS
from quantseg.tasks.brain_tissue.network import network_of
from quantseg.tasks.brain_tissue.pipeline import BUNDLE, contrast_of
from quantseg.tasks.brain_tissue.segmenting import labels_on_scan
from quantseg.tasks.brain_tissue.telling import tell_tissues
from quantseg.tasks.brain_tissue.training.brain_maps import read_brain_map
from quantseg.tasks.brain_tissue.training.calibrating import adult_t1_recipe
from quantseg.tasks.brain_tissue.training.starting_point import RECIPE
from quantseg.tasks.brain_tissue.training.synthetic_brains import BrainSynthesiser, Skull
from quantseg.volume import Grid, Volume, resample, to_canonical

_CONTRASTS = ("T1", "T1", "T1_WEAK", "T1", "T1_WITH_AGENT")
_OTHER_CONTRASTS = ("T2", "PROTON_DENSITY", "FLAIR", "INVERTED", "RANDOM")
_EVERY_CONTRAST = ("T1", "T1_WEAK", "T1_WITH_AGENT", *_OTHER_CONTRASTS)
_SIZES_AT_2_MM = ((88,), (108,), (88,))
_SKULLS = (Skull.WHOLE, Skull.WHOLE, Skull.WHOLE, Skull.STRIPPED, Skull.BRAIN_ONLY)
_TISSUES = (Tissue.FLUID, Tissue.GREY, Tissue.WHITE)
_INTRACRANIAL = [region for region in Region if region is not Region.BACKGROUND]
_PARTS = {
    "left lateral ventricle": (Region.LEFT_VENTRICLE,),
    "right lateral ventricle": (Region.RIGHT_VENTRICLE,),
    "third and fourth ventricle": (Region.MIDLINE_VENTRICLES,),
    "left deep grey matter": (Region.LEFT_DEEP_GREY,),
    "right deep grey matter": (Region.RIGHT_DEEP_GREY,),
    "cerebellum": REGIONS_OF_PART[Part.CEREBELLUM],
    "brain stem": (Region.BRAIN_STEM,),
}
_RESCANNED = {one.segment.key: one.regions for one in (*TISSUES, *TISSUES_AND_PARTS)}
_RESCANNED |= {part.value: REGIONS_OF_PART[part] for part in Part}
# Values of the labels by Neuromorphometrics; deep grey matter is thalamus, caudate, putamen, pallidum and accumbens.
_MANUAL_LABELS = {
    "left lateral ventricle": (50, 52),
    "right lateral ventricle": (49, 51),
    "third and fourth ventricle": (4, 11),
    "left deep grey matter": (30, 37, 56, 58, 60),
    "right deep grey matter": (23, 36, 55, 57, 59),
    "cerebellum": (38, 39, 40, 41, 71, 72, 73),
    "brain stem": (35,),
}
Predict = Callable[[Volume], TissuePrediction]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["synthetic", "intracranial", "parts", "manual", "rescan", "changed"])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, help="folder of a bundle (the one that ships)")
    parser.add_argument("--heads", type=int, default=200)
    parser.add_argument("--manual", action="store_true", help="judge parts on real brains, DATA is HEADS_MANUAL")
    parser.add_argument("--peer", action="store_true", help="judge a plain mixture of Gaussians instead")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    bundle = bundle_in(options.model) if options.model else find_bundle(BUNDLE)
    network = network_of(bundle)
    ensemble = Ensemble(bundle if bundle.is_network else find_bundle(network.bundle), choose_device("auto"))

    def see(volume: Volume) -> TissuePrediction:
        return predict_tissue(volume, ensemble, network.channel_of)

    def predict(volume: Volume, with_parts: bool = False) -> TissuePrediction:
        return tell_tissues(see(volume), volume, given_brain(volume), with_parts).prediction

    tables = {"manual": manual, "rescan": rescan, "changed": changed}
    if options.what in ("synthetic", "intracranial"):
        table = (synthetic if options.what == "synthetic" else intracranial)(options, see)
    elif options.what in ("parts", "rescan") and not options.peer:
        table = (parts if options.what == "parts" else rescan)(options, partial(predict, with_parts=True))
    else:
        table = tables[options.what](options, plain_mixture if options.peer else predict)
    print(json.dumps(table, indent=1))
    if options.json:
        options.json.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


def synthetic(options: argparse.Namespace, see: Predict) -> dict[str, object]:
    """Return Dice of what is answered and of what is refused, by contrast and by what is left of the head."""
    maps = [read_brain_map(options.data / f"{name}.nii.gz") for name in RECIPE["test_maps"]]
    heads: list[SyntheticHead] = []
    for number in range(options.heads):
        contrast, skull = _EVERY_CONTRAST[number % len(_EVERY_CONTRAST)], _SKULLS[number % len(_SKULLS)]
        recipe = replace(adult_t1_recipe(), contrast_weights={contrast: 1.0}, skull_weights={skull.name: 1.0})
        generator = torch.Generator().manual_seed(1_000_000 * options.seed + number)
        head = BrainSynthesiser([maps[number // len(_EVERY_CONTRAST) % len(maps)]], recipe, generator).draw()
        volume, fractions = Volume(1000 * head.image.numpy(), np.eye(4)), head.fractions.numpy()
        coarse = see(volume)
        try:
            check_contrast(contrast_of(coarse), None, force=False)
            refused = False
        except InputRefused:
            refused = True
        prediction = tell_tissues(coarse, volume, given_brain(volume), False).prediction
        labels, true = labels_on_scan(prediction, TISSUES, volume.grid), tissue_labels(fractions)
        dice = tuple(overlap(labels == tissue, true == tissue) for tissue in _TISSUES)
        true_ml = float(fractions[..., 1:].sum(dtype=np.float64)) / 1000
        percent = 100 * (prediction.volume_ml(_INTRACRANIAL) / true_ml - 1)
        heads.append(SyntheticHead(contrast, skull.name, refused, dice, percent))
        print(number, heads[-1], flush=True)
    answered = [one for one in heads if not one.refused]
    return {
        "answered": dice_of(answered),
        "refused": dice_of([one for one in heads if one.refused]),
        "by_contrast": {
            name: dice_of([one for one in answered if one.contrast == name])
            | {"refused": dice_of([one for one in heads if one.contrast == name and one.refused])}
            for name in _EVERY_CONTRAST
        },
        "by_skull": {skull.name: dice_of([one for one in answered if one.skull == skull.name]) for skull in Skull},
        "intracranial_error_percent": spread([one.intracranial_percent for one in answered if one.skull == "WHOLE"]),
    }


class SyntheticHead(NamedTuple):
    """What was found of one synthetic head; Dice of fluid, grey and white matter."""

    contrast: str
    skull: str
    refused: bool
    dice: tuple[float, ...]
    intracranial_percent: float


def dice_of(heads: list[SyntheticHead]) -> dict[str, object]:
    """Return the mean Dice of heads, by tissue, and that of the worst."""
    if not heads:
        return {"heads": 0}
    every = np.array([one.dice for one in heads])
    by_tissue = {tissue.name: round(float(value), 3) for tissue, value in zip(_TISSUES, every.mean(0), strict=True)}
    mean, worst = (round(float(value), 3) for value in (every.mean(), every.mean(axis=1).min()))
    return {"heads": len(heads), "mean": mean, "worst": worst} | by_tissue


def intracranial(options: argparse.Namespace, see: Predict) -> dict[str, object]:
    """Return the errors of the intracranial volume, those of T1-weighted heads by label map as well."""
    maps = [read_brain_map(options.data / f"{name}.nii.gz") for name in RECIPE["test_maps"]]
    errors: dict[str, list[float]] = {"T1-weighted": [], "other contrasts": []}
    for number in range(options.heads):
        other = number % 5 == 4
        contrast = _OTHER_CONTRASTS[number // 5 % len(_OTHER_CONTRASTS)] if other else _CONTRASTS[number % 4]
        recipe = replace(adult_t1_recipe(), spacing_mm=2.0, sizes=_SIZES_AT_2_MM, contrast_weights={contrast: 1.0})
        generator = torch.Generator().manual_seed(1_000_000 * options.seed + number)
        head = BrainSynthesiser([maps[number % len(maps)]], recipe, generator).draw()
        volume = Volume(1000 * head.image.numpy(), np.diag([2.0, 2, 2, 1]))
        found, fractions = see(volume), head.fractions.numpy()
        true_ml = float(fractions[..., 1:].sum(dtype=np.float64)) * volume.voxel_volume_mm3 / 1000
        percent = 100 * (found.volume_ml(_INTRACRANIAL) / true_ml - 1)
        errors["other contrasts" if other else "T1-weighted"].append(percent)
        if not other:
            errors.setdefault(f"T1-weighted, {RECIPE['test_maps'][number % len(maps)]}", []).append(percent)
    return {name: spread(values) | {"heads": len(values)} for name, values in errors.items()}


def parts(options: argparse.Namespace, predict_parts: Predict) -> dict[str, object]:
    """Return Dice and error of the volume of each part, on real brains with manual labels or on synthetic heads."""
    found: dict[str, list[tuple[float, float]]] = {}
    for volume, true in _manual_parts(options.data) if options.manual else _synthetic_parts(options):
        prediction = predict_parts(volume)
        labels = labels_on_scan(prediction, TISSUES_AND_PARTS, volume.grid)
        value_of = {one.regions: one.segment.value for one in TISSUES_AND_PARTS}
        for name, regions in _PARTS.items():
            seen = np.isin(labels, [value for of, value in value_of.items() if set(of) <= set(regions)])
            true_ml = np.count_nonzero(true[name]) * volume.voxel_volume_mm3 / 1000
            error_percent = 100 * (prediction.volume_ml(regions) / true_ml - 1)
            found.setdefault(name, []).append((overlap(seen, true[name]), error_percent))
        print({name: f"{of[-1][0]:.3f} {of[-1][1]:+.0f} %" for name, of in found.items()}, flush=True)
    return {
        name: {
            "dice": round(float(np.mean([dice for dice, _ in of])), 3),
            "worst_dice": round(min(dice for dice, _ in of), 3),
            "volume_error_percent": spread([error for _, error in of]),
        }
        for name, of in found.items()
    }


def _manual_parts(folder: Path) -> Iterator[tuple[Volume, dict[str, np.ndarray]]]:
    for path in sorted(folder.glob("*_SS.nii.gz")):
        truth, _ = to_canonical(read(Path(str(path).replace("_SS", "_glm"))))
        yield to_canonical(read(path))[0], {name: np.isin(truth.array, of) for name, of in _MANUAL_LABELS.items()}


def _synthetic_parts(options: argparse.Namespace) -> Iterator[tuple[Volume, dict[str, np.ndarray]]]:
    maps = [read_brain_map(options.data / f"{name}.nii.gz") for name in RECIPE["test_maps"]]
    for number in range(options.heads):
        recipe = replace(adult_t1_recipe(), contrast_weights={_CONTRASTS[number % len(_CONTRASTS)]: 1.0})
        generator = torch.Generator().manual_seed(1_000_000 * options.seed + number)
        head = BrainSynthesiser([maps[number % len(maps)]], recipe, generator).draw()
        fractions = head.fractions.numpy()
        true = {name: fractions[..., list(regions)].sum(axis=-1) > 0.5 for name, regions in _PARTS.items()}
        yield Volume(1000 * head.image.numpy(), np.eye(4)), true


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
    """Return how far the shares of two scans of one person are apart, of tissues and of what parts are told."""
    shares: dict[str, list[np.ndarray]] = {}
    for second in sorted((options.data / "images").glob("*_MR2.nii.gz")):
        pair = [Path(str(second).replace("_MR2", "_MR1")), second]
        found = [predict(to_canonical(read(path))[0]) for path in pair]
        for key, regions in _RESCANNED.items():
            if all(one.tells(regions) for one in found):
                volumes = [one.volume_ml(regions) / one.volume_ml(_INTRACRANIAL) for one in found]
                shares.setdefault(key, []).append(np.array(volumes))
    return {key: variation(np.array(pairs)) for key, pairs in shares.items()}


def changed(options: argparse.Namespace, predict: Predict) -> dict[str, object]:
    """Return each tissue's share in one head as it is and changed, and how much the shares vary."""
    head, _ = to_canonical(read(options.data))
    shares = {}
    for name, volume in changes(head):
        found = predict(volume)
        total_ml = found.volume_ml(_INTRACRANIAL)
        shares[name] = {t.name: round(100 * found.volume_ml(REGIONS_OF_TISSUE[t]) / total_ml, 2) for t in _TISSUES}
        print(name, shares[name], round(total_ml), flush=True)
    spreads = {t.name: np.array([one[t.name] for one in shares.values()]) for t in _TISSUES}
    return {
        "shares": shares,
        "variation_percent": {name: round(float(100 * v.std(ddof=1) / v.mean()), 2) for name, v in spreads.items()},
    }


def changes(head: Volume) -> Iterator[tuple[str, Volume]]:
    """Yield a head as it is, in other voxels, shaded, noisy and turned."""
    yield "as it is", head
    for spacing_mm in (0.8, 1.5, 2.0):
        shape = tuple(int(n) for n in np.ceil(np.array(head.grid.extent_mm) / spacing_mm))
        grid = Grid(shape, head.affine @ np.diag([*(spacing_mm / np.array(head.spacing_mm)), 1.0]))
        yield f"{spacing_mm} mm", resample(head, grid.centred_at(head.grid.centre_mm))
    x, y = (np.linspace(-1, 1, n) for n in head.array.shape[:2])
    yield "shaded", head.with_array(head.array * np.exp(0.3 * x[:, None, None] - 0.2 * y[:, None]))
    sd = 0.03 * float(np.percentile(head.array, 99))
    yield "noisy", head.with_array(head.array + np.random.default_rng(0).normal(0, sd, head.array.shape))
    turn, middle = np.eye(4), head.grid.centre_mm
    turn[:2, :2] = [[np.cos(np.pi / 18), -np.sin(np.pi / 18)], [np.sin(np.pi / 18), np.cos(np.pi / 18)]]
    turn[:3, 3] = middle - turn[:3, :3] @ middle
    yield "turned by 10 degrees", resample(Volume(head.array, turn @ head.affine), head.grid)


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
