"""The volumes of the heart's structures over the frames of a cine, as results carry them."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from quantseg.measure.curves import Curve, FrameCurves
from quantseg.tasks.heart.anatomy import HeartLabel
from quantseg.tasks.heart.phases import Phases
from quantseg.tasks.heart.reading.cine import Cine, CineKind
from quantseg.tasks.heart.volumes import VolumeCurves


def frame_curves(cine: Cine, curves: VolumeCurves, phases: Phases, label_values: Collection[int]) -> FrameCurves | None:
    """Return the curve of every structure that is known; None where the frames are no cycle.

    Args:
        cine: the input.
        curves: its volumes.
        phases: end-diastole, to which volumes relate where the spacing is unknown; and the frames left out.
        label_values: of the structures that the model outlines.
    """
    if cine.kind is not CineKind.CYCLE:
        return None
    labels = (HeartLabel.LV_CAVITY, HeartLabel.RV_CAVITY, HeartLabel.LV_MYOCARDIUM)
    shown = tuple(_curve(curves, label, phases) for label in labels if label in label_values)
    return FrameCurves(cine.frame_numbers, cine.frame_times_ms, phases.outliers, shown)


def _curve(curves: VolumeCurves, label: HeartLabel, phases: Phases) -> Curve:
    volumes_ml = curves.volumes_ml(label)
    region = label.name.lower()
    if volumes_ml is not None:
        protocol = "sum over slices of area x distance between slices"
        return Curve("volume", region, tuple(float(ml) for ml in volumes_ml), "ml", protocol)
    counts = np.asarray(curves.voxel_counts[label], dtype=float)
    relative = 100 * counts / max(counts[phases.end_diastole], 1)
    protocol = "volume in % of that at end-diastole, since the spacing is unknown"
    return Curve("relative_volume", region, tuple(float(share) for share in relative), "%", protocol)
