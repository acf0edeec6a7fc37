"""How bright each tissue is in the kinds of MRI that a localiser must cope with."""

from __future__ import annotations

from enum import Enum

import torch

from quantseg.tasks.hippocampus.training.head_maps import TISSUES

_WHITE = ("cerebral white matter", "cerebellar white matter", "optic chiasm")
_GREY = ("cerebral cortex", "cerebellar cortex", "hippocampus", "amygdala", "caudate")
_FLUID = ("ventricle", "cerebrospinal fluid")
# How far from grey towards white.
_BETWEEN = {"thalamus": 0.45, "pallidum": 0.7, "putamen": 0.2, "brain stem": 0.8, "ventral diencephalon": 0.7}


class Contrast(Enum):
    """Which tissue is bright; the value is the brightness of white matter, grey matter and fluid, 0 to 1."""

    T1 = (0.8, 0.52, 0.15)
    T2 = (0.3, 0.5, 0.9)
    PROTON_DENSITY = (0.55, 0.7, 0.75)
    FLAIR = (0.5, 0.65, 0.12)
    INVERTED = (0.25, 0.5, 0.85)
    RANDOM = (None, None, None)


def tissue_means(contrast: Contrast, random: torch.Tensor) -> torch.Tensor:
    """Return the mean brightness of each tissue.

    Args:
        contrast: one that orders the tissues, not ``RANDOM``.
        random: brightness of the tissues that it leaves free (skull, skin, ...), shape (tissues,), in the order of
            ``TISSUES``.
    """
    white, grey, fluid = contrast.value
    means = random.clone()
    values = dict.fromkeys(_WHITE, white) | dict.fromkeys(_GREY, grey) | dict.fromkeys(_FLUID, fluid)
    values |= {tissue: grey + share * (white - grey) for tissue, share in _BETWEEN.items()}
    values["choroid plexus"] = (grey + fluid) / 2
    for tissue, value in values.items():
        means[TISSUES.index(tissue)] = value
    return means
