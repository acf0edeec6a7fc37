"""A bundle's normalisation of intensities in NumPy, so that neither training nor a run needs MONAI for it.

``inference.json`` describes it in MONAI's names, since MONAI's own runner reads the same file; a test compares each
name's twin here with MONAI's class.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from quantseg.errors import ModelError

Intensity = Callable[[np.ndarray], np.ndarray]
"""Takes raw intensities of any shape, normalised together, and returns float32 of the same shape."""

_TARGET, _IMAGE_KEY = "_target_", {"keys": "image"}


def intensity_transform(config: Mapping[str, Any]) -> Intensity:
    """Return the normalisation that ``inference["intensity"]`` describes.

    Raises:
        ModelError: it asks for a transform, or for an option of one, that is not known here.
    """
    options = {key: value for key, value in config.items() if key != _TARGET}
    target = config.get(_TARGET)
    if target == "Compose" and options.keys() == {"transforms"}:
        return partial(_one_after_another, [intensity_transform(part) for part in options["transforms"]])
    if target == "NormalizeIntensityd" and options == _IMAGE_KEY:
        return _standardised
    if target == "ClipIntensityPercentilesd" and options.keys() == {"keys", "lower", "upper"}:
        return partial(_clipped, options["lower"], options["upper"])
    described = f"{target!r} with {', '.join(sorted(options)) or 'no options'}"
    raise ModelError(
        f"The model's configuration normalises intensities by {described}; expected Compose of "
        "ClipIntensityPercentilesd (lower, upper) and NormalizeIntensityd, each with the keys 'image'."
    )


def _one_after_another(parts: list[Intensity], image: np.ndarray) -> np.ndarray:
    for part in parts:
        image = part(image)
    return image


def _clipped(lower_percent: float, upper_percent: float, image: np.ndarray) -> np.ndarray:
    image = np.asarray(image, np.float32)
    low, high = np.percentile(image, (lower_percent, upper_percent))
    return np.asarray(np.clip(image, np.float32(low), np.float32(high)))


def _standardised(image: np.ndarray) -> np.ndarray:
    """Subtract the mean and divide by the standard deviation; what has no spread becomes zero."""
    image = np.asarray(image, np.float32)
    centred = image - np.float32(image.mean(dtype=np.float64))
    spread = np.float32(image.std(dtype=np.float64))
    return np.asarray(centred / spread if spread else centred, np.float32)
