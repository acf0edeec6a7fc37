"""One segmentation whose truth is known, from which doubt and volumes are fitted."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from quantseg.evaluation.corruption import Corruption, corrupt
from quantseg.inference.uncertainty import pairwise_dice
from quantseg.tasks.hippocampus.edge import with_content
from quantseg.tasks.hippocampus.features import HippocampusFeatures, hippocampus_features
from quantseg.tasks.hippocampus.persons import decathlon_person
from quantseg.tasks.hippocampus.segmenting import (
    ANTERIOR,
    PARTS,
    POSTERIOR,
    SupportsPrediction,
    crop_patch_grid,
    largest_structure,
    segment_left,
)
from quantseg.tasks.hippocampus.volume_correction import VolumeCorrection
from quantseg.volume import Volume
from quantseg.volume.masks import shrunk

BAD_DICE = 0.80


@dataclass(frozen=True)
class PartVolumes:
    """Volumes of both parts, in mm3."""

    anterior: float
    posterior: float

    def of(self, part: str) -> float:
        """Return the volume of ``anterior``, ``posterior`` or ``whole``."""
        return self.anterior + self.posterior if part == "whole" else float(getattr(self, part))

    @property
    def complete(self) -> bool:
        """Whether there is something of both."""
        return min(self.anterior, self.posterior) > 0


@dataclass(frozen=True)
class Example:
    """One segmentation whose truth is known.

    Attributes:
        case: name.
        corruption: what was done to the image.
        features: as the checks see them.
        dice: of the whole hippocampus, as far as it is in view.
        cut: whether the true hippocampus touches the edge of the picture or goes beyond it.
        true: volumes that an expert drew, of what is in view.
        found: volumes that were segmented.
    """

    case: str
    corruption: Corruption
    features: HippocampusFeatures
    dice: float
    cut: bool
    true: PartVolumes
    found: PartVolumes

    @property
    def person(self) -> str:
        """Whom the case came from."""
        return decathlon_person(self.case)

    @property
    def bad(self) -> bool:
        """Whether nobody should trust the volume: a bad outline, or a hippocampus that the picture cuts."""
        return self.dice < BAD_DICE or self.cut

    @property
    def comparable(self) -> bool:
        """Whether the volumes of both parts can be compared with the true ones."""
        return not self.bad and self.true.complete and self.found.complete

    def corrected(self, correction: VolumeCorrection) -> Example:
        """Return the same with volumes as corrected labels have them; at 1 mm a voxel has a mm3."""
        if not self.found.complete:
            return self
        found = PartVolumes(
            *correction.estimate(self.found.anterior, self.found.posterior, self.features.promised_dice)
        )
        share, volume_mm3 = self.features.anterior_share, self.features.volume_mm3
        anterior = share * volume_mm3 * found.anterior / self.found.anterior
        posterior = (1 - share) * volume_mm3 * found.posterior / self.found.posterior
        whole = anterior + posterior
        features = replace(self.features, volume_mm3=whole, anterior_share=anterior / max(whole, 1.0))
        return replace(self, features=features, found=found)


def example(
    case: str,
    image: Volume,
    labels: np.ndarray,
    corruption: Corruption,
    ensemble: SupportsPrediction,
    random: np.random.Generator,
    witness: int | None,
    correction: VolumeCorrection | None = None,
) -> Example:
    """Segment one, possibly spoiled, crop and compare it with the truth.

    Args:
        case: name.
        image: canonical crop at 1 mm.
        labels: its truth.
        corruption: what to do to it first.
        ensemble: all members.
        random: source of the corruption's strength.
        witness: the one member that had not seen the case; None if none of them had.
        correction: as for :func:`quantseg.tasks.hippocampus.segmenting.segment_left`, of the ensemble's labels.
    """
    spoiled, truth = corrupt(image, labels, corruption, random)
    segmentation = segment_left(spoiled, crop_patch_grid(spoiled.grid), ensemble, correction)
    features = hippocampus_features(segmentation, witness)
    found = segmentation.labels if witness is None else largest_structure(segmentation.member_labels[witness])
    return Example(
        case,
        corruption,
        features,
        _whole_dice(found, truth),
        is_cut(spoiled, truth, labels),
        _volumes(truth),
        _volumes(found),
    )


def wrong_organ_example(
    name: str,
    image: Volume,
    ensemble: SupportsPrediction,
    witness: int | None = None,
    correction: VolumeCorrection | None = None,
) -> Example:
    """Segment a crop that shows no hippocampus; whatever is found there is wrong."""
    segmentation = segment_left(image, crop_patch_grid(image.grid), ensemble, correction)
    nothing = PartVolumes(0.0, 0.0)
    features = hippocampus_features(segmentation, witness)
    return Example(name, Corruption.OTHER, features, 0.0, False, nothing, _volumes(segmentation.labels))


def is_cut(image: Volume, in_view: np.ndarray, whole: np.ndarray) -> bool:
    """Tell whether a hippocampus touches the edge of what an image shows, or goes beyond it.

    Args:
        image: shape (I, J, K).
        in_view: label map of what is in view of the hippocampus, same shape.
        whole: label map of all of it, possibly displaced.
    """
    seen = in_view > 0
    content = with_content(image.array, np.ones(seen.shape, dtype=bool))
    return bool((seen & ~shrunk(content, corners=False)).any()) or int(seen.sum()) < int((whole > 0).sum())


def _volumes(labels: np.ndarray) -> PartVolumes:
    return PartVolumes(*(float((labels == part).sum()) for part in (ANTERIOR, POSTERIOR)))


def _whole_dice(labels: np.ndarray, other: np.ndarray) -> float:
    return pairwise_dice(np.stack([labels, other.astype(labels.dtype)]), PARTS)
