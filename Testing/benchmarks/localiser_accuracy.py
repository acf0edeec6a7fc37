"""How well the head localiser finds hippocampi and intracranial space, on synthetic heads from unseen label maps.

    python Testing/benchmarks/localiser_accuracy.py --data MAPS [--heads 500] [--without 200] [--json FILE]

MAPS holds SynthSeg's training label maps (github.com/BBillot/SynthSeg). Heads of eight contrasts are scanned at 1 to
3 mm, tilted by up to 20 degrees, stored obliquely, cropped, some without skull; inputs without hippocampus are heads
cut off above, below, before or behind it, and shapes that are no head. ``--split train`` takes the maps that the
localiser was trained on, for fitting thresholds; only the default, the maps kept for testing, says how good it is.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch

from quantseg.resources import resources_folder
from quantseg.tasks.hippocampus.head_labels import HeadLabel
from quantseg.tasks.hippocampus.localise import Localisation, localise
from quantseg.tasks.hippocampus.location import HippocampusLocation
from quantseg.tasks.hippocampus.mirror_averaging import PredictsHeadLabels
from quantseg.tasks.hippocampus.training.contrast import Contrast
from quantseg.tasks.hippocampus.training.head_maps import HeadMap, read_head_map
from quantseg.tasks.hippocampus.training.head_recipe import HeadRecipe
from quantseg.tasks.hippocampus.training.localiser import read_recipe
from quantseg.tasks.hippocampus.training.synthetic_heads import HeadSynthesiser, Skull
from quantseg.training.fields import rotation
from quantseg.training.head_label_maps import list_head_maps
from quantseg.volume import Volume, to_canonical

CONTRASTS = (*Contrast, Contrast.RANDOM, Contrast.RANDOM)
SKULLS = (Skull.WHOLE, Skull.WHOLE, Skull.WHOLE, Skull.STRIPPED, Skull.BRAIN_ONLY)
_SIZES_MM = ((150, 170, 190, 210), (160, 190, 220, 250), (130, 160, 190, 220))
_SPACING_MM = {"in plane": (1.0, 1.5), "slices": (1.0, 3.0)}
_OBLIQUE_DEG = 20.0


@dataclass(frozen=True)
class SyntheticScan:
    """One input with its truth.

    Attributes:
        kind: contrast and skull in words, or what it shows instead of hippocampi.
        volume: in canonical order.
        sides: for each hippocampus wholly in view the RAS middle of its bounding box and its centroid.
        whole_head: the intracranial space ends before the picture does.
        intracranial_mm3: of what is in view.
        hippocampus_mm3: of what is in view of both.
    """

    kind: str
    volume: Volume
    sides: dict[HeadLabel, tuple[np.ndarray, np.ndarray]]
    whole_head: bool
    intracranial_mm3: float
    hippocampus_mm3: float


@dataclass(frozen=True)
class Outcome:
    """What became of one input; lengths in mm."""

    kind: str
    expected: int
    found: int
    unexpected: int
    swapped: int
    centre_errors_mm: tuple[float, ...]
    centroid_errors_mm: tuple[float, ...]
    whole_head: bool
    called_whole_head: bool
    intracranial_error: float
    volumes_mm3: tuple[float, ...]
    probabilities: tuple[float, ...]
    contrast: float | None


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=_default_data(), help="folder of label maps")
    parser.add_argument("--heads", type=int, default=500)
    parser.add_argument("--without", type=int, default=200, help="inputs without any hippocampus")
    parser.add_argument("--split", choices=["test", "train"], default="test")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    from quantseg.inference.device import choose_device
    from quantseg.inference.ensemble import Ensemble
    from quantseg.models.bundle import find_bundle
    from quantseg.tasks.hippocampus.pipeline import LOCALISER, REFINER

    device = choose_device("auto")
    finders = Ensemble(find_bundle(LOCALISER), device), Ensemble(find_bundle(REFINER), device)
    maps, recipe = read_split(options.data, options.split)
    outcomes = measure(scans(maps, recipe, options.heads, options.seed), finders)
    without = measure(scans_without(maps, recipe, options.without, options.seed), finders)
    table = {"split": options.split, "seed": options.seed, **summary(outcomes), **summary_without(without)}
    print(json.dumps(table, indent=1))
    if options.json:
        cases = [asdict(outcome) for outcome in (*outcomes, *without)]
        options.json.write_text(json.dumps(table | {"cases": cases}, indent=1) + "\n", encoding="utf-8")


def read_split(data: Path, split: str) -> tuple[list[HeadMap], HeadRecipe]:
    """Return the label maps of a split, and the recipe of a 1 mm head as this benchmark draws it."""
    config = json.loads((resources_folder() / "Models/head-localiser/configs/train.json").read_text(encoding="utf-8"))
    maps = [
        read_head_map(path)
        for path in list_head_maps(data)
        if (path.name.removesuffix(".nii.gz") in config["test_maps"]) is (split == "test")
    ]
    recipe = replace(
        read_recipe(config["heads"]),
        spacing_mm=1.0,
        sizes=_SIZES_MM,
        rotation_deg=20.0,
        shift_mm=(10.0, 15.0, 25.0),
        tilted_view_probability=0.0,
        coarse_probability=0.0,
        cut_away_probability=0.0,
        no_head_probability=0.0,
        noise_sd=0.1,
    )
    return maps, recipe


def scans(maps: Sequence[HeadMap], recipe: HeadRecipe, count: int, seed: int) -> Iterator[SyntheticScan]:
    """Yield heads, every contrast in turn."""
    for number in range(count):
        contrast, skull = CONTRASTS[number % len(CONTRASTS)], SKULLS[number % len(SKULLS)]
        changed = replace(recipe, contrast_weights={contrast.name: 1.0}, skull_weights={skull.name: 1.0})
        generator = torch.Generator().manual_seed(1_000_000 * seed + number)
        yield scan(HeadSynthesiser(maps, changed, generator), f"{contrast.name}, {skull.value}", generator)


def scans_without(maps: Sequence[HeadMap], recipe: HeadRecipe, count: int, seed: int) -> Iterator[SyntheticScan]:
    """Yield inputs without any voxel of a hippocampus, heads and other shapes in turn."""
    number = 0
    while count > 0:
        no_head = number % 2
        kind = "no head" if no_head else "hippocampi cut away"
        changed = replace(recipe, cut_away_probability=1.0, no_head_probability=float(no_head))
        generator = torch.Generator().manual_seed(1_000_000 * seed + 500_000 + number)
        drawn = scan(HeadSynthesiser(maps, changed, generator), kind, generator)
        number += 1
        if not drawn.hippocampus_mm3:
            count -= 1
            yield drawn


def scan(heads: HeadSynthesiser, kind: str, generator: torch.Generator) -> SyntheticScan:
    """Draw a 1 mm head and store it with coarser, anisotropic voxels, obliquely in one of three cases."""
    image, labels = heads.draw()
    wanted = [_between(*_SPACING_MM["in plane"], generator) for _ in range(3)]
    wanted[int(torch.randint(3, (1,), generator=generator))] = _between(*_SPACING_MM["slices"], generator)
    size = [round(n / spacing) for n, spacing in zip(image.shape, wanted, strict=True)]
    coarse = torch.nn.functional.interpolate(image[None, None], size=size, mode="area")[0, 0]
    turn = np.eye(3)
    if _between(0, 3, generator) < 1:
        angles = [np.radians(_OBLIQUE_DEG) * _between(-1, 1, generator) for _ in range(3)]
        turn = rotation(angles).double().numpy()
    origin_mm = np.array([_between(-120, -60, generator) for _ in range(3)])
    fine_affine, affine = np.eye(4), np.eye(4)
    fine_affine[:3, :3], fine_affine[:3, 3] = turn, origin_mm
    spacing_mm = np.array(image.shape) / np.array(size)
    affine[:3, :3] = turn * spacing_mm
    affine[:3, 3] = origin_mm + turn @ ((spacing_mm - 1) / 2)
    truth = Volume(labels.numpy(), fine_affine)
    sides = {
        side: place
        for side in (HeadLabel.LEFT_HIPPOCAMPUS, HeadLabel.RIGHT_HIPPOCAMPUS)
        if (place := _place(truth, side)) is not None
    }
    hippocampi = (truth.array == HeadLabel.LEFT_HIPPOCAMPUS) | (truth.array == HeadLabel.RIGHT_HIPPOCAMPUS)
    volume, _ = to_canonical(Volume((1000 * coarse).numpy(), affine))
    skull = truth.array > 0
    return SyntheticScan(kind, volume, sides, not _touches_border(skull), float(skull.sum()), float(hippocampi.sum()))


def _place(truth: Volume, side: HeadLabel) -> tuple[np.ndarray, np.ndarray] | None:
    mask = truth.array == side
    if not mask.any() or _touches_border(mask):
        return None
    voxels = np.argwhere(mask)
    positions_mm = truth.grid.to_world(voxels)
    return (positions_mm.min(axis=0) + positions_mm.max(axis=0)) / 2, positions_mm.mean(axis=0)


def _touches_border(mask: np.ndarray) -> bool:
    return any(mask.take(end, axis=axis).any() for axis in range(3) for end in (0, -1))


def measure(inputs: Iterator[SyntheticScan], finders: tuple[PredictsHeadLabels, PredictsHeadLabels]) -> list[Outcome]:
    """Localise every input, with the coarse and the close look, and compare with its truth."""
    return [outcome(drawn, localise(drawn.volume, *finders)) for drawn in inputs]


def outcome(drawn: SyntheticScan, answer: Localisation) -> Outcome:
    """Compare one answer with the truth."""
    found: dict[HeadLabel, HippocampusLocation | None] = {
        HeadLabel.LEFT_HIPPOCAMPUS: answer.left,
        HeadLabel.RIGHT_HIPPOCAMPUS: answer.right,
    }
    pairs = [(found[side], truth) for side, truth in drawn.sides.items()]
    places = [place for place in found.values() if place is not None]
    return Outcome(
        kind=drawn.kind,
        expected=len(drawn.sides),
        found=sum(place is not None for place, _ in pairs),
        unexpected=sum(place is not None and side not in drawn.sides for side, place in found.items()),
        swapped=sum(
            place is not None and _nearest(place.centroid_mm, drawn) is not side
            for side, place in found.items()
            if len(drawn.sides) == 2
        ),
        centre_errors_mm=tuple(_distance(place.centre_mm, truth[0]) for place, truth in pairs if place is not None),
        centroid_errors_mm=tuple(_distance(place.centroid_mm, truth[1]) for place, truth in pairs if place is not None),
        whole_head=drawn.whole_head,
        called_whole_head=answer.whole_head_in_view,
        intracranial_error=answer.intracranial_volume_mm3 / max(drawn.intracranial_mm3, 1.0) - 1,
        volumes_mm3=tuple(place.volume_mm3 for place in places),
        probabilities=tuple(place.mean_probability for place in places),
        contrast=answer.tissue_contrast and answer.tissue_contrast.standardised_difference,
    )


def _nearest(centroid_mm: np.ndarray, drawn: SyntheticScan) -> HeadLabel:
    return min(drawn.sides, key=lambda side: _distance(centroid_mm, drawn.sides[side][1]))


def summary(outcomes: Sequence[Outcome]) -> dict:
    """Return the figures of heads: all, by contrast and by skull."""
    kinds = sorted({part for outcome in outcomes for part in outcome.kind.split(", ")})
    table = {"heads": _figures(outcomes)}
    return table | {kind: _figures([o for o in outcomes if kind in o.kind.split(", ")]) for kind in kinds}


def summary_without(outcomes: Sequence[Outcome]) -> dict:
    """Return how often nothing was found where there is nothing."""
    return {
        kind: {
            "inputs": len(chosen),
            "without_false_find": _share(o.unexpected == 0 for o in chosen),
        }
        for kind in sorted({o.kind for o in outcomes})
        if (chosen := [o for o in outcomes if o.kind == kind])
    }


def _figures(outcomes: Sequence[Outcome]) -> dict:
    both = [o for o in outcomes if o.expected == 2]
    whole = [o for o in outcomes if o.whole_head and o.called_whole_head]
    return {
        "heads": len(outcomes),
        "heads_with_both_in_view": len(both),
        "both_found": _share(o.found == 2 for o in both),
        "sides_swapped": sum(o.swapped for o in outcomes),
        "centre_error_mm": _percentiles([e for o in outcomes for e in o.centre_errors_mm]),
        "centroid_error_mm": _percentiles([e for o in outcomes for e in o.centroid_errors_mm]),
        "whole_heads": sum(o.whole_head for o in outcomes),
        "whole_heads_recognised": _share(o.called_whole_head for o in outcomes if o.whole_head),
        "cut_heads_called_whole": _share(o.called_whole_head for o in outcomes if not o.whole_head),
        "intracranial_error_percent": _percentiles([100 * abs(o.intracranial_error) for o in whole]),
        "intracranial_bias_percent": round(float(np.mean([100 * o.intracranial_error for o in whole])), 2)
        if whole
        else None,
    }


def _percentiles(values: Sequence[float]) -> dict[str, float]:
    if not values:
        return {}
    return {f"p{share}": round(float(np.percentile(values, share)), 2) for share in (50, 95, 100)}


def _share(happened: Iterator[bool]) -> float | None:
    values = list(happened)
    return round(sum(values) / len(values), 4) if values else None


def _distance(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.linalg.norm(a - b))


def _between(low: float, high: float, generator: torch.Generator) -> float:
    return low + (high - low) * float(torch.rand(1, generator=generator))


def _default_data() -> Path | None:
    named = os.environ.get("QUANTSEG_DATA")
    return Path(named) / "synthseg_label_maps" if named else None


if __name__ == "__main__":
    main()
