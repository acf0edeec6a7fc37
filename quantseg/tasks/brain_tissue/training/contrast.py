"""How bright each structure is in the kinds of MRI that the tissue network must cope with."""

from __future__ import annotations

from enum import Enum

import torch

from quantseg.tasks.brain_tissue.training.brain_maps import LOOKS, STRUCTURES

# How far the brightness of white matter, grey matter and fluid varies between scans of one contrast, and how far
# structures of one tissue vary about it; as shares of the brightest a scan can be.
_SD_BETWEEN_SCANS, _SD_BETWEEN_STRUCTURES = 0.06, 0.025
# After a contrast agent: vessels, the plexus and what surrounds the brain light up by so much at most.
_MOST_ENHANCEMENT = 0.6
_ENHANCING = ("vessel", "choroid plexus", "outside the skull 502", "outside the skull 509", "outside the skull 514")


class Contrast(Enum):
    """Which tissue is bright; the value is the brightness of white matter, grey matter and fluid, 0 to 1."""

    T1 = (0.8, 0.53, 0.15)
    T1_WEAK = (0.72, 0.6, 0.25)
    T1_WITH_AGENT = (0.7, 0.5, 0.18)
    T2 = (0.3, 0.48, 0.9)
    PROTON_DENSITY = (0.55, 0.7, 0.75)
    FLAIR = (0.5, 0.65, 0.12)
    INVERTED = (0.25, 0.5, 0.85)
    RANDOM = (None, None, None)


def look_means(contrast: Contrast, generator: torch.Generator) -> torch.Tensor:
    """Draw the mean brightness of each look.

    Args:
        contrast: one that orders the tissues, or ``RANDOM``.
        generator: source of the randomness.

    Returns:
        from 0 up, in the order of ``LOOKS``, shape (looks,).
    """
    means = torch.rand(len(LOOKS), generator=generator)
    if contrast is Contrast.RANDOM:
        return means
    white, grey, fluid = torch.tensor(contrast.value) + _SD_BETWEEN_SCANS * torch.randn(3, generator=generator)
    for structure in STRUCTURES:
        if structure.whiteness is not None:
            solid = grey + structure.whiteness * (white - grey)
            means[LOOKS.index(structure.look)] = solid + structure.fluidity * (fluid - solid)
    means += _SD_BETWEEN_STRUCTURES * torch.randn(len(LOOKS), generator=generator)
    if contrast is Contrast.T1_WITH_AGENT:
        for look in _ENHANCING:
            means[LOOKS.index(look)] += _MOST_ENHANCEMENT * float(torch.rand(1, generator=generator))
    return means.clamp(min=0.0)
