"""An image as a network takes it: the way that training's validation and the shipped ensemble share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from quantseg.inference.patches import Padding, pad_for_network
from quantseg.models.intensity import Intensity


def prepare(image: np.ndarray, intensity: Intensity, inference: Mapping[str, Any]) -> tuple[np.ndarray, Padding]:
    """Pad and normalise an image as a bundle's ``inference.json`` says.

    Args:
        image: raw intensities at the bundle's spacing, RAS order, shape (I, J, K).
        intensity: made from ``inference["intensity"]``.
        inference: holds ``minimum_patch`` and ``patch_multiple``.

    Returns:
        a batch of one, float32, shape (1, 1, I', J', K'), and how to cut a prediction back.
    """
    padded, padding = pad_for_network(image, tuple(inference["minimum_patch"]), inference["patch_multiple"])
    return intensity(np.ascontiguousarray(padded, dtype=np.float32))[None, None], padding
