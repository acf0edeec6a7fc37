"""The numbers of a brain tissue result: volumes from probabilities and from labels, and their shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass

import numpy as np

from quantseg.brain.regions import REGIONS_OF_PART, Part, Region
from quantseg.brain.tissue_prediction import TissuePrediction
from quantseg.measure.values import Measurement
from quantseg.tasks.brain_tissue.anatomy import TISSUES, TISSUES_AND_PARTS, LabelledStructure

BRAIN, HEAD = "brain", "head"
INTRACRANIAL = "intracranial_volume"
PER_INTRACRANIAL, PER_TISSUE = "volume_per_intracranial", "volume_per_tissue"
_MM3_PER_ML = 1000.0
_LABEL_VOLUME = "number of labelled voxels x voxel volume from the image's affine"
_BY_HAND = "; a voxel that a person added counts wholly, one that was taken away no more"


@dataclass(frozen=True)
class _Protocols:
    """How each kind of number came about."""

    volume: str
    intracranial: str
    of_intracranial: str
    of_tissue: str


_BY_SHARES = _Protocols(
    volume="sum over voxels of the share that each is estimated to hold",
    intracranial="sum over voxels of the network's probability of brain, ventricles and the fluid around them, down to "
    "the foramen magnum",
    of_intracranial="100 x volume / intracranial volume, both from shares of voxels",
    of_tissue="100 x volume / (fluid + grey + white matter in view), all from shares of voxels",
)
_BY_SHARES_AND_HAND = _Protocols(*(protocol + _BY_HAND for protocol in astuple(_BY_SHARES)))
_BY_LABELS = _Protocols(
    volume=_LABEL_VOLUME,
    intracranial=_LABEL_VOLUME,
    of_intracranial="100 x volume / intracranial volume, both from labelled voxels",
    of_tissue="100 x volume / (fluid + grey + white matter), all from labelled voxels",
)
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
    volumes_ml = {key: prediction.volume_ml(members) for key, members in _regions(structures).items()}
    labelled_ml = _by_key(_labelled_ml(labels, voxel_volume_mm3, structures), structures)
    total_ml = prediction.volume_ml([region for region in Region if region is not Region.BACKGROUND])
    return _measurements(volumes_ml, labelled_ml, total_ml, intracranial_known, _BY_SHARES)


def measure_corrected(
    before: Sequence[Measurement], labels: np.ndarray, voxel_volume_mm3: float, structures: Sequence[LabelledStructure]
) -> tuple[Measurement, ...]:
    """Measure labels that a person has changed, without the shares by which their voxels were measured before.

    A voxel that was added counts wholly and one that was taken away no more, so that a stroke of the brush changes
    volumes by what it covers, and none of the borders that nobody touched.

    Args:
        before: as the model, or an earlier correction, left it.
        labels: label map on the scan's grid, as it is now.
        voxel_volume_mm3: of the scan.
        structures: meaning of the labels.

    Returns:
        what :func:`measure_tissue` returns, without intervals: these hold for what the model made.
    """
    value = {(one.key, one.region): one.value for one in before}
    labelled_ml = _labelled_ml(labels, voxel_volume_mm3, structures)
    # Nothing is less than nothing: what is left of an emptied tissue by shares lies in voxels of others.
    changes_ml = {key: max(now - value["label_volume", key], -value["volume", key]) for key, now in labelled_ml.items()}
    by_key_ml = _by_key(changes_ml, structures)
    volumes_ml = {key: value["volume", key] + change_ml for key, change_ml in by_key_ml.items()}
    total_before_ml = value.get((INTRACRANIAL, HEAD), sum(value["volume", one.segment.key] for one in TISSUES))
    total_ml = total_before_ml + sum(changes_ml.values())
    known = (INTRACRANIAL, HEAD) in value
    return _measurements(volumes_ml, _by_key(labelled_ml, structures), total_ml, known, _BY_SHARES_AND_HAND)


def measure_drawn(
    labels: np.ndarray, voxel_volume_mm3: float, structures: Sequence[LabelledStructure]
) -> tuple[Measurement, ...]:
    """Measure labels that no model of ours made: voxels are all there is to count.

    Args:
        labels: label map on the scan's grid.
        voxel_volume_mm3: of the scan.
        structures: meaning of the labels.
    """
    labelled_ml = _labelled_ml(labels, voxel_volume_mm3, structures)
    by_key_ml = _by_key(labelled_ml, structures)
    return _measurements(by_key_ml, by_key_ml, sum(labelled_ml.values()), False, _BY_LABELS)


def _labelled_ml(
    labels: np.ndarray, voxel_volume_mm3: float, structures: Sequence[LabelledStructure]
) -> dict[str, float]:
    """Return the volume of the voxels with each label, by its segment's key."""
    # One by one takes a tenth of the time of np.bincount, which makes whole numbers of eight bytes of all first.
    counts = {one.segment.key: np.count_nonzero(labels == one.segment.value) for one in structures}
    return {key: float(count) * voxel_volume_mm3 / _MM3_PER_ML for key, count in counts.items()}


def _by_key(of_structures: Mapping[str, float], structures: Sequence[LabelledStructure]) -> dict[str, float]:
    """Return the sums over the structures that make up each measured key; each lies in it wholly or not at all."""
    return {
        key: sum(of_structures[one.segment.key] for one in structures if set(one.regions) <= set(members))
        for key, members in _regions(structures).items()
    }


def _measurements(
    volumes_ml: Mapping[str, float],
    labelled_ml: Mapping[str, float],
    total_ml: float,
    intracranial_known: bool,
    protocols: _Protocols,
) -> tuple[Measurement, ...]:
    found = []
    for key, volume_ml in volumes_ml.items():
        found.append(Measurement("volume", key, volume_ml, "ml", _protocol(protocols.volume, key)))
        found.append(Measurement("label_volume", key, labelled_ml[key], "ml", _protocol(_LABEL_VOLUME, key)))
    share, protocol = (
        (PER_INTRACRANIAL, protocols.of_intracranial) if intracranial_known else (PER_TISSUE, protocols.of_tissue)
    )
    if total_ml > 0:
        for key, volume_ml in volumes_ml.items():
            percent = 100 * volume_ml / total_ml
            found.append(Measurement(share, key, percent, "%", _protocol(protocol, key), decimals=3))
    if intracranial_known:
        found.append(Measurement(INTRACRANIAL, HEAD, total_ml, "ml", protocols.intracranial))
    return tuple(found)


def _regions(structures: Sequence[LabelledStructure]) -> dict[str, tuple[Region, ...]]:
    """Return what each measured key is made of."""
    tissues = {one.segment.key: one.regions for one in TISSUES}
    _, grey, white = tissues.values()
    found = tissues | {BRAIN: (*grey, *white)}
    if structures is TISSUES_AND_PARTS:
        found |= {part.value: REGIONS_OF_PART[part] for part in Part}
        found |= {one.segment.key: one.regions for one in TISSUES_AND_PARTS}
    return found


def _protocol(protocol: str, key: str) -> str:
    return f"{protocol}; {_BRAIN}" if key == BRAIN else protocol
