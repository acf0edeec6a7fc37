"""Both hippocampi and the intracranial space of a head, found coarsely in any contrast."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quantseg.measure.t1_contrast import SeenTissue, TissueContrast, measure_contrast
from quantseg.measure.values import Interval, Measurement
from quantseg.tasks.hippocampus.head_labels import HeadLabel
from quantseg.tasks.hippocampus.location import HippocampusLocation, find_hippocampus
from quantseg.tasks.hippocampus.mirror_averaging import PredictsHeadLabels, predict_mirror_averaged
from quantseg.tasks.hippocampus.refining import refine_locations
from quantseg.volume import Volume, aligned_grid
from quantseg.volume.masks import grown, largest_component, shrunk

_LEAST_INTRACRANIAL_MM3 = 150_000.0
_MOST_AT_BORDER_MM3 = 2_000.0
# 97.5th percentile of true over measured volume, less one, on 26 whole synthetic heads of the training maps (0.104;
# Testing/benchmarks/localiser_accuracy.py --split train --heads 120), rounded up and taken either way.
_INTRACRANIAL_RELATIVE_INTERVAL = (-0.11, 0.11)

# Beyond this distance from the intracranial mask the background's traces of probability are not summed.
_SOFT_RIM_MM = 4.0


@dataclass(frozen=True)
class Localisation:
    """What the localiser sees in a head.

    Attributes:
        left: hippocampus on the patient's left; None where none was found.
        right: on the patient's right.
        intracranial_volume_mm3: sum of probabilities times voxel volume.
        whole_head_in_view: the intracranial space ends before the picture does.
        tissue_contrast: None where too little brain is in view.
        labels: ``HeadLabel`` values at the localiser's spacing, along the axes of space, uint8.
    """

    left: HippocampusLocation | None
    right: HippocampusLocation | None
    intracranial_volume_mm3: float
    whole_head_in_view: bool
    tissue_contrast: TissueContrast | None
    labels: Volume

    def intracranial_measurement(self) -> Measurement:
        """Return the intracranial volume with its 95 % interval."""
        value = self.intracranial_volume_mm3
        low, high = (value * (1 + error) for error in _INTRACRANIAL_RELATIVE_INTERVAL)
        return Measurement(
            "intracranial_volume",
            "head",
            value,
            "mm3",
            "sum over coarse voxels of the localiser's probability of brain, ventricles and the fluid around them, "
            "down to the foramen magnum; the interval is that of its errors on synthetic heads",
            Interval(low, high),
            decimals=0,
        )


def localise(volume: Volume, ensemble: PredictsHeadLabels, refiner: PredictsHeadLabels) -> Localisation:
    """Find both hippocampi and the intracranial space.

    Args:
        volume: a scan in canonical order.
        ensemble: of the bundle ``head-localiser``.
        refiner: of the bundle ``hippocampus-close-up``.
    """
    spacing_mm = float(ensemble.bundle.inference["spacing_mm"][0])
    prediction = predict_mirror_averaged(
        volume, ensemble, aligned_grid(volume.grid, spacing_mm), np.zeros(3), only_object=True
    )
    voxel_mm3 = prediction.grid.voxel_volume_mm3
    intracranial = 1 - prediction.probabilities[HeadLabel.BACKGROUND]
    skull = largest_component(intracranial > 0.5)
    labels = np.where(skull, prediction.probabilities.argmax(axis=0), HeadLabel.BACKGROUND).astype(np.uint8)
    rim = grown(skull, round(_SOFT_RIM_MM / spacing_mm))
    intracranial_mm3 = float(np.round(intracranial[rim].sum(dtype=np.float64), 3)) * voxel_mm3
    places = [
        find_hippocampus(labels, prediction.probabilities, side, prediction.grid)
        if intracranial_mm3 >= _LEAST_INTRACRANIAL_MM3
        else None
        for side in (HeadLabel.LEFT_HIPPOCAMPUS, HeadLabel.RIGHT_HIPPOCAMPUS)
    ]
    head_middle_mm = (
        prediction.grid.to_world(np.argwhere(skull).mean(axis=0)) if skull.any() else prediction.grid.centre_mm
    )
    left, right = refine_locations(volume, places, head_middle_mm, refiner)
    at_border_mm3 = float((skull & ~shrunk(prediction.in_view)).sum()) * voxel_mm3
    return Localisation(
        left,
        right,
        intracranial_mm3,
        bool(skull.any()) and at_border_mm3 <= _MOST_AT_BORDER_MM3,
        _tissue_contrast(prediction.image, labels, prediction.probabilities, voxel_mm3),
        Volume(labels, prediction.grid.affine),
    )


def _tissue_contrast(
    image: np.ndarray, labels: np.ndarray, probabilities: np.ndarray, voxel_mm3: float
) -> TissueContrast | None:
    white, grey = (
        SeenTissue(labels == label, probabilities[label]) for label in (HeadLabel.WHITE_MATTER, HeadLabel.GREY_MATTER)
    )
    return measure_contrast(image, white, grey, voxel_mm3)
