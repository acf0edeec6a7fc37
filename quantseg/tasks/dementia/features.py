"""What is measured of a brain in standard space, by name: what a score is computed from, and what the report shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quantseg.brain.atlas import Atlas
from quantseg.brain.standard_boxes import StandardBox
from quantseg.brain.tissue_mixture import CLASSES, TissueMixture
from quantseg.tasks.dementia.hippocampi import StandardHippocampus

AGE = "age_years"
LEFT_HIPPOCAMPUS, RIGHT_HIPPOCAMPUS = "left_hippocampus_mm3", "right_hippocampus_mm3"
BRAIN_PERCENT = "brain_percent"
UPTAKE = "uptake_"
"""What names of features of a PET begin with; the region with its side follows."""
NETWORK_LOG_ODDS = "network_log_odds"
"""What networks say of the images, as a feature of its own."""


@dataclass(frozen=True)
class Area:
    """A share of tissue that is told.

    Attributes:
        tissue: one of ``CLASSES``.
        box: where.
        title: shown to people.
    """

    tissue: str
    box: StandardBox
    title: str


AREAS = {
    "ventricles_percent": Area("fluid", StandardBox((0, 34), (-46, 32), (-4, 32)), "Fluid, ventricles"),
    "medial_temporal_fluid_percent": Area(
        "fluid", StandardBox((14, 38), (-42, 0), (-32, -4)), "Fluid, medial temporal"
    ),
    "medial_temporal_grey_percent": Area(
        "grey", StandardBox((14, 38), (-42, 0), (-32, -4)), "Grey matter, medial temporal"
    ),
    "lateral_temporal_grey_percent": Area(
        "grey", StandardBox((40, 70), (-50, 10), (-30, 5)), "Grey matter, lateral temporal"
    ),
    "parietal_grey_percent": Area("grey", StandardBox((20, 60), (-75, -40), (15, 55)), "Grey matter, parietal"),
    "posterior_cingulate_grey_percent": Area(
        "grey", StandardBox((0, 16), (-72, -38), (12, 46)), "Grey matter, posterior cingulate and precuneus"
    ),
    "frontal_grey_percent": Area("grey", StandardBox((0, 50), (20, 70), (-5, 55)), "Grey matter, frontal"),
}
"""Shares of tissue by the name of the feature."""

TITLES = {
    AGE: "Age",
    LEFT_HIPPOCAMPUS: "Hippocampus, left",
    RIGHT_HIPPOCAMPUS: "Hippocampus, right",
    BRAIN_PERCENT: "Grey and white matter in the brain",
    NETWORK_LOG_ODDS: "Networks on the images, log odds",
    **{name: area.title for name, area in AREAS.items()},
}
"""What each feature is called; those of a PET are named after their region."""


def brain_features(
    mixture: TissueMixture, hippocampi: tuple[StandardHippocampus, StandardHippocampus], atlas: Atlas
) -> dict[str, float]:
    """Return what an MRI tells, by name.

    Args:
        mixture: tissues of the standard brain, on the grid of the atlas.
        hippocampi: left and right.
        atlas: whose outline decides what is brain.
    """
    of_class = dict(zip(CLASSES, mixture.shares, strict=True))
    tissue = float(of_class["grey"][atlas.mask].sum() + of_class["white"][atlas.mask].sum())
    # What a stripping tool took away around a brain was fluid: the atlas's outline counts, not the picture's.
    found = {
        LEFT_HIPPOCAMPUS: hippocampi[0].volume_mm3,
        RIGHT_HIPPOCAMPUS: hippocampi[1].volume_mm3,
        BRAIN_PERCENT: 100 * tissue / float(np.count_nonzero(atlas.mask)),
    }
    for name, area in AREAS.items():
        place = area.box.mask(atlas.grid) & atlas.mask
        found[name] = 100 * float(of_class[area.tissue][place].mean())
    return found
