"""Intervals of the tissues' volumes, from errors on synthetic heads of label maps that training had not seen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from quantseg.brain.head_in_view import head_in_view
from quantseg.brain.regions import Region
from quantseg.brain.stripping import given_brain
from quantseg.brain.tissue_prediction import TissuePrediction, predict_tissue
from quantseg.inference.device import choose_device
from quantseg.inference.ensemble import Ensemble
from quantseg.models.bundle import Bundle, find_bundle
from quantseg.tasks.brain_tissue.anatomy import TISSUES_AND_PARTS
from quantseg.tasks.brain_tissue.intervals import BRAIN_SHOWN, HEAD_SHOWN, VERDICT_FILE
from quantseg.tasks.brain_tissue.measuring import measure_tissue
from quantseg.tasks.brain_tissue.network import network_of
from quantseg.tasks.brain_tissue.telling import tell_tissues
from quantseg.tasks.brain_tissue.training.brain_maps import BrainMap, read_brain_map
from quantseg.tasks.brain_tissue.training.recipe import BrainRecipe, read_recipe
from quantseg.tasks.brain_tissue.training.starting_point import RECIPE
from quantseg.tasks.brain_tissue.training.synthetic_brains import (
    BrainSynthesiser,
    Skull,
    SyntheticBrain,
    stripped_away,
    without,
)
from quantseg.volume import Volume

# With so many heads the largest error of any bounds that of 95 % of further ones (19 of 20).
_HEADS = 20
_SIZES = ((176,), (216,), (176,))
_KEPT = 0.95
_T1 = ("T1", "T1_WEAK", "T1_WITH_AGENT")
_BRIGHTEST = 1000.0
Key = tuple[str, str]
See = Callable[[Volume], TissuePrediction]
"""What the network makes of a scan."""


@dataclass(frozen=True)
class TissueErrors:
    """How far the measurements of one head are off.

    Attributes:
        map_name: label map that the head was drawn from.
        view: what the image showed, ``HEAD_SHOWN`` or ``BRAIN_SHOWN``.
        relative: error over the truth, by key and region of the measurement.
    """

    map_name: str
    view: str
    relative: Mapping[Key, float]


def calibrate_bundle(
    bundle: Bundle, data: Path, seed: int, heads: int | None, report: Callable[[str], None] = print
) -> None:
    """Fit the intervals, and write them to the bundle's ``configs/verdict.json``.

    Args:
        bundle: of brain tissue.
        data: folder of head label maps, the ones kept for testing among them.
        seed: of the heads drawn.
        heads: how many; None for as many as 95 % take.
        report: takes lines of progress, and what the intervals hold of maps that were left out of their fit.
    """
    network = network_of(bundle)
    ensemble = Ensemble(bundle if bundle.is_network else find_bundle(network.bundle), choose_device("auto"))

    def see(scan: Volume) -> TissuePrediction:
        return predict_tissue(scan, ensemble, network.channel_of)

    maps = [read_brain_map(data / f"{name}.nii.gz") for name in RECIPE["test_maps"]]
    errors: list[TissueErrors] = []
    for number in range(_HEADS if heads is None else heads):
        head = maps[number % len(maps)]
        errors += errors_of_head(head, adult_t1_recipe(), 1_000_000 * seed + number, see)
        found = errors[-2].relative
        told = (f"{region} {100 * error:+.1f} %" for (key, region), error in found.items() if key == "volume")
        report(f"{head.name}, head {number + 1}: {', '.join(told)}")
    content = {"half_widths": half_widths(errors), "heads": len(errors) // 2, "seed": seed}
    (bundle.folder / VERDICT_FILE).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    for line in left_out_lines(errors):
        report(line)


def adult_t1_recipe() -> BrainRecipe:
    """Return how whole T1-weighted heads vary at 1 mm."""
    weights = {name: RECIPE["brains"]["contrast_weights"][name] for name in _T1}
    return replace(
        read_recipe(RECIPE["brains"]),
        spacing_mm=1.0,
        sizes=_SIZES,
        overhang_mm=0.0,
        cut_probability=0.0,
        coarse_probability=0.0,
        contrast_weights=weights,
        skull_weights={Skull.WHOLE.name: 1.0},
    )


def errors_of_head(head: BrainMap, recipe: BrainRecipe, seed: int, see: See) -> Iterator[TissueErrors]:
    """Yield the errors on one head, with its skull and without."""
    whole = BrainSynthesiser([head], recipe, torch.Generator().manual_seed(seed)).draw()
    yield TissueErrors(head.name, HEAD_SHOWN, _relative_errors(whole, see))
    # Every other tool leaves the fluid around the brain.
    skull = Skull.STRIPPED if seed % 2 else Skull.BRAIN_ONLY
    stripped = without(whole, stripped_away(whole.fractions, skull, 1))
    yield TissueErrors(head.name, BRAIN_SHOWN, _relative_errors(stripped, see))


def half_widths(errors: Sequence[TissueErrors]) -> dict[str, dict[str, dict[str, float]]]:
    """Return what holds 95 % of the errors of further heads, by split conformal prediction."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for view in (HEAD_SHOWN, BRAIN_SHOWN):
        of_view = [one.relative for one in errors if one.view == view]
        for key, region in sorted({key for one in of_view for key in one}):
            sizes = np.array([abs(one[key, region]) for one in of_view if (key, region) in one])
            share = min(1.0, _KEPT * (1 + 1 / len(sizes)))
            width = float(np.quantile(sizes, share, method="higher"))
            found.setdefault(view, {}).setdefault(key, {})[region] = round(width, 4)
    return found


def left_out_lines(errors: Sequence[TissueErrors]) -> Iterator[str]:
    """Yield how many heads intervals hold that were fitted without the map these were drawn from."""
    for view in (HEAD_SHOWN, BRAIN_SHOWN):
        held: dict[Key, list[bool]] = {}
        for name in sorted({one.map_name for one in errors}):
            widths = half_widths([one for one in errors if one.map_name != name])
            for one in errors:
                if one.map_name == name and one.view == view:
                    for (key, region), error in one.relative.items():
                        width = widths.get(view, {}).get(key, {}).get(region, np.inf)
                        held.setdefault((key, region), []).append(abs(error) <= width)
        for (key, region), holds in sorted(held.items()):
            of_view = [one.relative for one in errors if one.view == view]
            mean = np.mean([one[key, region] for one in of_view if (key, region) in one])
            yield f"{view} {key} {region}: holds in {100 * np.mean(holds):.0f} %, mean error {100 * mean:+.1f} %"


def _relative_errors(brain: SyntheticBrain, see: See) -> dict[Key, float]:
    scan = Volume(_BRIGHTEST * brain.image.numpy(), np.eye(4))
    coarse = see(scan)
    known = head_in_view(coarse).intracranial_known
    found = _measured(tell_tissues(coarse, scan, given_brain(scan), True).prediction, known)
    truth = _measured(_as_prediction(scan, brain), known)
    return {key: found[key] / true - 1 for key, true in truth.items() if true > 0 and key in found}


def _measured(prediction: TissuePrediction, intracranial_known: bool) -> dict[Key, float]:
    labels = np.zeros(prediction.grid.shape, np.uint8)
    found = measure_tissue(prediction, labels, 1.0, TISSUES_AND_PARTS, intracranial_known)
    return {(one.key, one.region): one.value for one in found if one.key != "label_volume"}


def _as_prediction(scan: Volume, brain: SyntheticBrain) -> TissuePrediction:
    """Return what there is as if a network had seen it."""
    shares = np.ascontiguousarray(np.moveaxis(brain.fractions.numpy(), -1, 0))
    return TissuePrediction(scan, shares, np.ones(scan.array.shape, bool), tuple((region,) for region in Region))
