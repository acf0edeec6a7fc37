"""Networks and transforms from a bundle's configuration, by name from a closed list.

MONAI's own parser evaluates ``$`` expressions and imports whatever ``_target_`` names, so that a configuration is a
program. Here it is data: a name outside the list, an expression or an import is refused.
"""

from __future__ import annotations

import importlib
from typing import Any

from quantseg.errors import ModelError

ALLOWED_TARGETS = {
    "DynUNet": "monai.networks.nets",
    "FlexibleUNet": "monai.networks.nets",
    "UNet": "monai.networks.nets",
    "VolumeResNeXt": "quantseg.models.resnext",
    "Compose": "monai.transforms",
    "ClipIntensityPercentilesd": "monai.transforms",
    "NormalizeIntensityd": "monai.transforms",
}
_TARGET_KEY = "_target_"


def build(config: Any) -> Any:
    """Build the object that a configuration describes.

    Args:
        config: a JSON value; a mapping with ``_target_`` becomes an object of that class, lists and other mappings
            are built element by element, all else is passed through.

    Returns:
        the object, or the value itself.

    Raises:
        ModelError: an unknown target, a ``$`` expression or an ``@`` reference stands in it, or the arguments do not
            fit.
    """
    if isinstance(config, dict):
        arguments = {key: build(value) for key, value in config.items() if key != _TARGET_KEY}
        return _construct(config[_TARGET_KEY], arguments) if _TARGET_KEY in config else arguments
    if isinstance(config, list):
        return [build(item) for item in config]
    if isinstance(config, str) and config.startswith(("$", "@")):
        raise ModelError(f"The model's configuration holds the expression {config!r}; only plain values are allowed.")
    return config


def _construct(target: Any, arguments: dict[str, Any]) -> Any:
    if not isinstance(target, str) or target not in ALLOWED_TARGETS:
        allowed = ", ".join(sorted(ALLOWED_TARGETS))
        raise ModelError(f"The model's configuration asks for {target!r}; only these are allowed: {allowed}.")
    reserved = [key for key in arguments if key.startswith("_")]
    if reserved:
        raise ModelError(f"The model's configuration gives {target} the reserved key {reserved[0]!r}; remove it.")
    component = getattr(importlib.import_module(ALLOWED_TARGETS[target]), target)
    try:
        return component(**arguments)
    except (TypeError, ValueError, AssertionError) as error:
        raise ModelError(f"The model's configuration does not fit {target}: {error}.") from error
