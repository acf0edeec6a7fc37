"""The numbers of a brain tissue result: volumes from probabilities and from labels, and their shares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from quantseg.brain.regions import REGIONS_OF_PART, Part, Region
from quantseg.brain.tissue_prediction import TissuePrediction
from quantseg.measure.values import Measurement
from quantseg.tasks.brain_tissue.anatomy import TISSUES, TISSUES_AND_PARTS, LabelledStructure

BRAIN, HEAD = "brain", "head"
INTRACRANIAL = "intracranial_volume"
PER_INTRACRANIAL, PER_TISSUE = "volume_per_intracranial", "volume_per_tissue"
_MM3_PER_ML = 1000.0
_VOLUME = "sum over voxels of the share that each is estimated to hold"
_LABEL_VOLUME = "number of labelled voxels x voxel volume from the image's affine"
_INTRACRANIAL = (
    "sum over voxels of the network's probability of brain, ventricles and the fluid around them, down to the foramen "
    "magnum"
)
_OF_INTRACRANIAL = "100 x volume / intracranial volume, both from shares of voxels"
_OF_TISSUE = "100 x volume / (fluid + grey + white matter in view), all from shares of voxels"
_BRAIN = "grey and white matter together"


def measure_tissue(
    prediction: TissuePrediction,
    labels: np.ndarray,
    voxel_volume_mm3: float,
    structures: Sequence[LabelledStructure],
    intracranial_known: bool,
) -> tuple[Measurement, ...]:
    """Measure the tissues, and the parts where they are told apart.

    Args:
        prediction: of the scan.
        labels: label map on the scan's grid.
        voxel_volume_mm3: of the scan.
        structures: meaning of the labels, ``TISSUES`` or ``TISSUES_AND_PARTS``.
        intracranial_known: whether the whole intracranial space is in view, so that shares are of its volume; else they
            are of what fluid, grey and white matter is in view.

    Returns:
        ``volume`` in ml of ``csf``, ``grey_matter``, ``white_matter``, ``brain`` and each part; ``label_volume`` of the
        same; the share of each; the intracranial volume where it is known.
    """
    regions = _regions(structures is TISSUES_AND_PARTS)
    volumes_ml = {key: prediction.volume_ml(members) for key, members in regions.items()}
    counts = np.bincount(labels.ravel(), minlength=256)
    measurements = []
    for key, volume_ml in volumes_ml.items():
        values = [one.segment.value for one in structures if set(one.regions) <= set(regions[key])]
        labelled_ml = float(counts[values].sum()) * voxel_volume_mm3 / _MM3_PER_ML
        measurements.append(Measurement("volume", key, volume_ml, "ml", _protocol(_VOLUME, key)))
        measurements.append(Measurement("label_volume", key, labelled_ml, "ml", _protocol(_LABEL_VOLUME, key)))
    total_ml = prediction.volume_ml([region for region in Region if region is not Region.BACKGROUND])
    measurements += _shares(volumes_ml, total_ml, intracranial_known)
    if intracranial_known:
        measurements.append(Measurement(INTRACRANIAL, HEAD, total_ml, "ml", _INTRACRANIAL))
    return tuple(measurements)


def _regions(with_parts: bool) -> dict[str, tuple[Region, ...]]:
    """Return what each measured key is made of; every label lies in it wholly or not at all."""
    tissues = {one.segment.key: one.regions for one in TISSUES}
    _, grey, white = tissues.values()
    found = tissues | {BRAIN: (*grey, *white)}
    if with_parts:
        found |= {part.value: REGIONS_OF_PART[part] for part in Part}
        found |= {one.segment.key: one.regions for one in TISSUES_AND_PARTS}
    return found


def _shares(volumes_ml: Mapping[str, float], total_ml: float, intracranial_known: bool) -> Iterator[Measurement]:
    key, protocol = (PER_INTRACRANIAL, _OF_INTRACRANIAL) if intracranial_known else (PER_TISSUE, _OF_TISSUE)
    if total_ml > 0:
        for region, volume_ml in volumes_ml.items():
            percent = 100 * volume_ml / total_ml
            yield Measurement(key, region, percent, "%", _protocol(protocol, region), decimals=3)


def _protocol(protocol: str, key: str) -> str:
    return f"{protocol}; {_BRAIN}" if key == BRAIN else protocol
