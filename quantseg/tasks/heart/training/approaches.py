"""Training of the heart ensembles: LV and RV from ACDC, or from ACDC and Sunnybrook; the LV alone from Sunnybrook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import torch

from quantseg.inference.device import Backend, choose_device
from quantseg.inference.ensemble import PlainNetworks
from quantseg.inference.torch_network import TorchNetwork
from quantseg.models.intensity import intensity_transform
from quantseg.tasks.heart.anatomy import HeartLabel
from quantseg.tasks.heart.evaluation.parts import HEART_PARTS
from quantseg.tasks.heart.function import ejection_fraction_percent
from quantseg.tasks.heart.segmenting import segment_cycle
from quantseg.tasks.heart.stack_input import sees_end_diastole
from quantseg.tasks.heart.training.acdc import load_acdc, write_acdc_labels
from quantseg.tasks.heart.training.augmentation import SliceAugmenter, SliceVariation
from quantseg.tasks.heart.training.loss import PresenceLoss, heart_loss
from quantseg.tasks.heart.training.samples import Sampling, heart_batches, training_stack
from quantseg.tasks.heart.training.scanner_variation import ScannerVariation, ScannerVarier, TissueParts
from quantseg.tasks.heart.training.sunnybrook import (
    UNDRAWN,
    USUAL_TURN,
    load_sunnybrook,
    sunnybrook_dice,
    write_sunnybrook_labels,
)
from quantseg.tasks.heart.training.two_sources import (
    ACDC_SOURCE,
    SUNNYBROOK_SOURCE,
    by_source,
    load_two_sources,
    two_source_dice,
    write_two_source_labels,
)
from quantseg.training.approach import Approach, DataSet, Fold, Predict, part_dice
from quantseg.training.cohort import LoadedCase
from quantseg.training.crossval import finish_fold, train_network
from quantseg.training.shuffle import Shuffle

# Validation on the way is a glance: on a CPU all patients would cost a tenth of the training.
_GLANCE_STEP = 5
_END_DIASTOLE = 0
_CAVITIES = {"lv": HeartLabel.LV_CAVITY, "rv": HeartLabel.RV_CAVITY}


def _train_fold(fold: Fold) -> None:
    generator = fold.generator()
    label_values = fold.inference["label_values"]
    undrawn = undrawn_sets(fold.recipe["undrawn_classes"])
    stacks = [
        training_stack(
            case,
            label_values,
            fold.inference,
            range(UNDRAWN, UNDRAWN + len(undrawn)),
            cycle[_END_DIASTOLE].image if len(cycle) > 1 else None,
            USUAL_TURN if case.source == SUNNYBROOK_SOURCE else None,
        )
        for cycle in _cycles(fold.training)
        for case in cycle
    ]
    height, width = fold.inference["minimum_patch"][:2]
    scanner = _scanner(fold, generator)
    augmenter = SliceAugmenter(SliceVariation(**fold.recipe["augmentation"]), (height, width), generator, scanner)
    shuffle = Shuffle(generator)
    batches = heart_batches(
        stacks,
        len(label_values) + len(undrawn),
        Sampling(**fold.recipe["sampling"]),
        augmenter,
        intensity_transform(fold.inference["intensity"]),
        fold.optimisation.batch_size,
        shuffle,
        sees_end_diastole(fold.inference),
    )
    presence = fold.recipe.get("presence")
    loss = heart_loss(len(label_values), undrawn, PresenceLoss(**presence) if presence else None)
    on_cpu = fold.device.type == "cpu"
    member = train_network(fold, fold.network(), batches, loss, shuffle, _GLANCE_STEP, channels_last=not on_cpu)
    finish_fold(fold, member)


def undrawn_sets(recipe: Sequence[int] | Sequence[Sequence[int]]) -> list[list[int]]:
    """Return the sets of classes between which pixels may be undecided; older recipes name the only set itself."""
    alone = [entry for entry in recipe if isinstance(entry, int)]
    return [alone] if alone else [list(entry) for entry in recipe if not isinstance(entry, int)]


def _scanner(fold: Fold, generator: torch.Generator) -> ScannerVarier | None:
    if "scanner" not in fold.recipe:
        return None
    heart = [HeartLabel(value) for value in fold.inference["label_values"][1:]]
    cavities = tuple(index for index, label in enumerate(heart) if label is not HeartLabel.LV_MYOCARDIUM)
    wall, left = heart.index(HeartLabel.LV_MYOCARDIUM), heart.index(HeartLabel.LV_CAVITY)
    recipe = ScannerVariation(**fold.recipe["scanner"])
    return ScannerVarier(recipe, TissueParts(wall, cavities, left, len(heart)), generator)


def heart_predictor(networks: Sequence[torch.nn.Module], inference: Mapping[str, Any], device: torch.device) -> Predict:
    """Return the function from a patient's frames to the label maps that members give them, as the finished model."""
    served = choose_device(str(device), backend=Backend.TORCH)
    ensemble = PlainNetworks([TorchNetwork(network) for network in networks], served)

    def predict(frames: Sequence[LoadedCase]) -> Sequence[np.ndarray]:
        return [labels for cycle in _cycles(frames) for labels in labelled(cycle)]

    def labelled(cycle: Sequence[LoadedCase]) -> np.ndarray:
        images = np.stack([frame.image for frame in cycle])
        spacing_mm = cycle[0].spacing_mm[:2]
        return segment_cycle(images, spacing_mm, ensemble, inference, ensemble, end_diastole=_END_DIASTOLE).labels

    return predict


def _cycles(cases: Sequence[LoadedCase]) -> Iterator[Sequence[LoadedCase]]:
    """Yield the frames of each patient together, end-diastole first; alone where a data set draws other slices.

    Of a Sunnybrook patient as many slices may be drawn at both phases without being the same ones.
    """
    for _, together in groupby(cases, key=lambda case: case.case.patient):
        frames = list(together)
        alike = len({(frame.image.shape, frame.spacing_mm) for frame in frames}) == 1
        alike &= frames[0].source != SUNNYBROOK_SOURCE
        yield from [frames] if alike else [[frame] for frame in frames]


def _member_predictor(network: torch.nn.Module, inference: Mapping[str, Any], device: torch.device) -> Predict:
    return heart_predictor([network], inference, device)


def ejection_fraction_errors(predicted: Sequence[np.ndarray], cases: Sequence[LoadedCase]) -> dict[str, float]:
    """Return the mean absolute error of the ejection fraction of each ventricle that the truth shows, in points.

    Args:
        predicted: label map of each case.
        cases: end-diastole and end-systole of every patient, in this order, patient by patient.
    """
    errors = {}
    for ventricle, value in _CAVITIES.items():
        found, true = (
            [int((labels == value).sum()) for labels in maps] for maps in (predicted, [case.labels for case in cases])
        )
        if any(true):
            differences = np.abs(np.subtract(_fractions_percent(found), _fractions_percent(true)))
            errors[f"{ventricle}_ef_absolute_error"] = float(np.nanmean(differences))
    return errors


def two_source_errors(predicted: Sequence[np.ndarray], cases: Sequence[LoadedCase]) -> dict[str, float]:
    """Return :func:`ejection_fraction_errors` of each source, ``sunnybrook_lv_…`` for the second."""
    return {
        key if source == ACDC_SOURCE else f"sunnybrook_{key}": value
        for source, (maps, together) in by_source(predicted, cases).items()
        for key, value in ejection_fraction_errors(maps, together).items()
    }


def _fractions_percent(volumes: Sequence[int]) -> list[float]:
    pairs = zip(volumes[::2], volumes[1::2], strict=True)
    return [ejection_fraction_percent(end_diastolic, end_systolic) for end_diastolic, end_systolic in pairs]


ACDC = DataSet(load_acdc, part_dice(HEART_PARTS), write_acdc_labels, ejection_fraction_errors)
SUNNYBROOK = DataSet(load_sunnybrook, sunnybrook_dice, write_sunnybrook_labels, ejection_fraction_errors)
ACDC_APPROACH = Approach(ACDC, _train_fold, _member_predictor, heart_predictor)
TWO_SOURCES = DataSet(load_two_sources, two_source_dice, write_two_source_labels, two_source_errors)
TWO_SOURCES_APPROACH = Approach(TWO_SOURCES, _train_fold, _member_predictor, heart_predictor)
LV_OPEN_APPROACH = Approach(SUNNYBROOK, _train_fold, _member_predictor, heart_predictor)
