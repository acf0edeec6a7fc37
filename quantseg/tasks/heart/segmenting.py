"""Labels for every frame of a short-axis stack, with what their doubt is judged by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from quantseg.inference.uncertainty import mean_probabilities, member_pairs, pairwise_dice
from quantseg.measure.statistics import bounding_box
from quantseg.tasks.heart.anatomy import HeartLabel
from quantseg.tasks.heart.blood_and_wall import with_dark_rim_as_muscle, without_open_ends
from quantseg.tasks.heart.coarse_to_fine import EndDiastole, PredictsSamples, find_heart, stack_probabilities
from quantseg.tasks.heart.frame_doubt import FrameDoubt
from quantseg.tasks.heart.region import HeartRegion
from quantseg.tasks.heart.sightings import frame_sightings
from quantseg.tasks.heart.stack_input import sees_end_diastole
from quantseg.tasks.heart.stray_labels import without_stray_labels

# The coarse pass takes so many frames; in between, the heart is no larger than in the fullest of them.
_FRAMES_LOOKED_AT = 4
_VALUES = 4

# Where the size of a pixel is unknown: first a usual one, then that at which the heart is as large as it was in the
# training data (a median of 109 mm over the 14 patients of one fold).
_USUAL_PIXEL_MM = 1.4
_USUAL_HEART_MM = 110.0
_PIXEL_LIMITS_MM = (0.6, 2.5)


@dataclass(frozen=True)
class CycleSegmentation:
    """A labelled cycle; T frames, M members.

    Attributes:
        labels: ``HeartLabel`` values, uint8, shape (T, I, J, K).
        member_counts: voxels that each member gives each label value, int64, shape (M, T, 4).
        member_dice: mean Dice of the members' whole hearts over all pairs, shape (T,); None for a single member.
        structure_dice: the same of each structure that the model knows, shape (T, S); None for a single
            member.
        uncertain_share: voxels that a member expects to have labelled wrongly, per voxel of the heart; the mean over
            the members, shape (T,).
        stray_share: share of the labelled voxels that lay apart from both ventricles and were taken away, shape (T,).
        heart_found: whether the coarse pass showed a heart; otherwise the middle of the image was outlined.
        witness: the member that labels, agreement and uncertainty are those of; None where all of them count.
        frame_doubts: what the members disagree about in each frame; None for a single member.
        slice_doubt: pixels of each slice that two members label differently, the mean over the pairs that count,
            float64, shape (T, K); None for a single member.
        reference: frame that was shown beside each as end-diastole; None where none was.
        open_slices: slices at the ends of the stack whose cavity lay open and which were taken away, shape (T,); None
            for a model that knows the right ventricle, whose labels are left alone.
        sightings: how clearly each slice shows each cavity, shape (T, K, 2, 3), as
            :func:`quantseg.tasks.heart.sightings.frame_sightings` has it; None where nobody has looked.
    """

    labels: np.ndarray
    member_counts: np.ndarray
    member_dice: np.ndarray | None
    structure_dice: np.ndarray | None
    uncertain_share: np.ndarray
    stray_share: np.ndarray
    heart_found: bool
    witness: int | None = None
    frame_doubts: tuple[FrameDoubt, ...] | None = None
    slice_doubt: np.ndarray | None = None
    reference: int | None = None
    open_slices: np.ndarray | None = None
    sightings: np.ndarray | None = None


def segment_cycle(
    frames: np.ndarray,
    pixel_mm: tuple[float, float] | None,
    ensemble: PredictsSamples,
    inference: Mapping[str, Any],
    scout: PredictsSamples,
    witness: int | None = None,
    end_diastole: int | None = None,
    advance: Callable[[int, int], None] | None = None,
) -> CycleSegmentation:
    """Label every frame, all of them in one region, so that its edge moves nothing from frame to frame.

    No frame's labels depend on the order of the frames, nor on any other frame but by that region and end-diastole,
    which models with ``end_diastolic_channel`` see beside each.

    Args:
        frames: raw intensities, slices along the last axis, shape (T, I, J, K).
        pixel_mm: distance between pixels along i and j; None where it is unknown.
        ensemble: predicts.
        inference: as for :func:`quantseg.tasks.heart.coarse_to_fine.stack_probabilities`, and ``label_values``:
            that of each class.
        scout: the witness alone, or any one member: it finds end-diastole where that is not known.
        witness: number of the one member that had not seen the patient, if only one had not: its labels are taken, its
            agreement with each other member and its own uncertainty, as if it stood for all, and it finds the heart.
        end_diastole: frame that is known to be it; by default the one in which the scout sees the largest cavity.
        advance: called with the number of frames that are outlined, and of all frames.
    """
    looked_at = _typical_frames(frames)
    # A single member is drawn away by what lies beside the heart more easily than all together.
    finder = ensemble if witness is None else scout
    if pixel_mm is None:
        pixel_mm = _likely_pixel_mm(looked_at, finder, inference)
    region = find_heart(finder, looked_at, pixel_mm, inference)
    values = np.array(inference["label_values"], dtype=np.uint8)
    reference = None
    if sees_end_diastole(inference) and len(frames) > 1:
        reference = _fullest(frames, pixel_mm, scout, inference, region) if end_diastole is None else end_diastole
    shown_beside = None if reference is None else EndDiastole(frames[reference], inference)
    structures = [int(value) for value in values[1:]]
    left_alone = HeartLabel.RV_CAVITY not in structures
    labels, counts, agreement, by_structure, uncertain, stray, differing = [], [], [], [], [], [], []
    doubts: list[FrameDoubt] = []
    taken, sightings = [], []
    for number, frame in enumerate(frames, start=1):
        members = stack_probabilities(ensemble, frame, pixel_mm, inference, region, shown_beside)
        judged = mean_probabilities(members if witness is None else members[witness : witness + 1])
        kept, share = without_stray_labels(values[judged.argmax(axis=0)])
        stray.append(share)
        member_labels = values[members.argmax(axis=1)]
        sightings.append(frame_sightings(members, member_labels, values, witness))
        if left_alone:
            kept, count = _held_to_blood_and_wall(frame, kept, pixel_mm)
            taken.append(count)
            member_labels = np.stack([_held_to_blood_and_wall(frame, one, pixel_mm)[0] for one in member_labels])
        labels.append(kept)
        counts.append([np.bincount(one.ravel(), minlength=_VALUES) for one in member_labels])
        uncertain.append(_uncertain_share(members, member_labels, witness))
        if len(members) > 1:
            seen = member_labels[(slice(None), *(bounding_box(member_labels.max(axis=0)) or ()))]
            agreement.append(pairwise_dice(seen, structures, witness))
            by_structure.append([pairwise_dice(seen, [structure], witness) for structure in structures])
            doubts.append(FrameDoubt.of(member_labels))
            differing.append(_differing_by_slice(member_labels, witness))
        if advance is not None:
            advance(number, len(frames))
    return CycleSegmentation(
        np.stack(labels),
        np.stack(counts, axis=1),
        np.array(agreement) if agreement else None,
        np.array(by_structure) if by_structure else None,
        np.array(uncertain),
        np.array(stray),
        region.found,
        witness,
        tuple(doubts) or None,
        np.stack(differing) if differing else None,
        reference,
        np.array(taken) if left_alone else None,
        np.stack(sightings),
    )


def _held_to_blood_and_wall(
    image: np.ndarray, labels: np.ndarray, pixel_mm: tuple[float, float]
) -> tuple[np.ndarray, int]:
    """Return labels of a left ventricle alone without what cannot be, and how many slices were taken away."""
    return without_open_ends(with_dark_rim_as_muscle(image, labels, pixel_mm))


def _fullest(
    frames: np.ndarray,
    pixel_mm: tuple[float, float],
    scout: PredictsSamples,
    inference: Mapping[str, Any],
    region: HeartRegion,
) -> int:
    """Return the frame with the largest left ventricular cavity when each is seen alone."""
    cavity = inference["label_values"].index(HeartLabel.LV_CAVITY)
    sizes = []
    for frame in frames:
        members = stack_probabilities(scout, frame, pixel_mm, inference, region)
        sizes.append(np.count_nonzero(mean_probabilities(members).argmax(axis=0) == cavity))
    return int(np.argmax(sizes))


def _differing_by_slice(member_labels: np.ndarray, witness: int | None) -> np.ndarray:
    """Return the pixels of each slice that two members label differently, the mean over the pairs, shape (K,)."""
    pairs = member_pairs(len(member_labels), witness)
    return np.asarray(np.mean([(member_labels[a] != member_labels[b]).sum(axis=(0, 1)) for a, b in pairs], axis=0))


def _uncertain_share(members: np.ndarray, member_labels: np.ndarray, only: int | None) -> float:
    """Return the mean of the members' expected errors per voxel of their hearts; infinite where one found none.

    Args:
        members: probabilities, shape (M, C, I, J, K).
        member_labels: shape (M, I, J, K).
        only: number of the only one to count.
    """
    counted = range(len(members)) if only is None else [only]
    sizes = [np.count_nonzero(member_labels[index]) for index in counted]
    if not all(sizes):
        return float("inf")
    errors = [float((1 - members[index].max(axis=0)).sum(dtype=np.float64)) for index in counted]
    return float(np.mean(np.divide(errors, sizes)))


def _typical_frames(frames: np.ndarray) -> list[np.ndarray]:
    """Choose frames by their brightness, with which the blood in view varies, and never by their place in the cine."""
    if len(frames) <= _FRAMES_LOOKED_AT:
        return list(frames)
    brightness = [float(frame.sum(dtype=np.float64)) for frame in frames]
    by_brightness = np.argsort(brightness, kind="stable")
    chosen = np.linspace(0, len(frames) - 1, _FRAMES_LOOKED_AT).round().astype(int)
    return [frames[index] for index in by_brightness[chosen]]


def _likely_pixel_mm(
    frames: list[np.ndarray], ensemble: PredictsSamples, inference: Mapping[str, Any]
) -> tuple[float, float]:
    """Return the size of square pixels at which the heart has its usual size."""
    region = find_heart(ensemble, frames, (_USUAL_PIXEL_MM, _USUAL_PIXEL_MM), inference)
    if not region.found:
        return _USUAL_PIXEL_MM, _USUAL_PIXEL_MM
    times_too_large = float(np.sqrt(np.prod(region.extent_mm))) / _USUAL_HEART_MM
    pixel_mm = float(np.clip(_USUAL_PIXEL_MM / times_too_large, *_PIXEL_LIMITS_MM))
    return pixel_mm, pixel_mm
