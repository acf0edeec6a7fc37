"""What may stand in a bundle's configuration files, checked before anything is built from them.

A bundle's ``inference.json`` serves two readers. QuantSeg takes the plain values that it knows and builds
``network_def`` and ``intensity``. MONAI's own runner takes the rest: loader, evaluator, writer. QuantSeg never builds
those, but a file that it vouches for is a file that someone will hand to that runner, which calls whatever
``_target_`` names; so their names too must come from a closed list.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from quantseg.errors import ModelError
from quantseg.models.building import ALLOWED_TARGETS

BUILT_KEYS = ("network_def", "intensity")
REQUIRED_KEYS = (*BUILT_KEYS, "spacing_mm", "minimum_patch", "patch_multiple")
"""What the configuration of a network must hold."""
OUTPUT, PROBABILITIES, VALUES = "output", "probabilities", "values"
"""Key that says what a network's output is: scores, of which a softmax makes probabilities, as it is where nobody says
so, or values that are taken as they come."""
REGRESSION = "regression"
"""Key of what a model holds instead that is no network: numbers of a regression beside its weights."""
MIXTURE = "mixture"
"""The same of a mixture model, fitted to each image anew: the network that tells it what to expect, and its classes."""
NO_NETWORK = (REGRESSION, MIXTURE)

_RUNNER_TARGETS = frozenset(
    {
        "Activationsd",
        "AsDiscreted",
        "ConcatItemsd",
        "CopyItemsd",
        "DataLoader",
        "Dataset",
        "DivisiblePadd",
        "EnsureChannelFirstd",
        "Invertd",
        "LoadImaged",
        "Orientationd",
        "SaveImaged",
        "ScaleIntensityd",
        "SimpleInferer",
        "SlidingWindowInferer",
        "Spacingd",
        "SpatialPadd",
        "SplitDimd",
        "SupervisedEvaluator",
        "monai.data.FolderLayout",
        "monai.data.FolderLayout.filename",
        "monai.engines.SupervisedEvaluator.run",
        "safetensors.torch.load_model",
        "torch.nn.Module.to",
    }
)
_TARGET = "_target_"


def read_configuration(text: bytes, where: str) -> dict[str, Any]:
    """Parse a configuration file and refuse what could run code.

    Args:
        text: the file.
        where: its name, for messages.

    Returns:
        the configuration as plain values.

    Raises:
        ModelError: the text is not a JSON object, or holds something that is not allowed.
    """
    try:
        config = json.loads(text)
    except ValueError as error:
        raise ModelError(f"{where} is not valid JSON ({error}); restore the file.") from error
    if not isinstance(config, dict):
        raise ModelError(f"{where} holds a {type(config).__name__} instead of a JSON object; restore the file.")
    _check_text(text, where)
    return config


@lru_cache(maxsize=64)
def _check_text(text: bytes, where: str) -> None:
    """Check a file's text once in a process: a batch asks for the same bundles with every case."""
    check_configuration(json.loads(text), where)


def check_configuration(config: dict[str, Any], where: str) -> None:
    """Refuse expressions, imports, macros and unknown targets anywhere in a configuration.

    Raises:
        ModelError: with what was found.
    """
    if "imports" in config:
        raise ModelError(f"{where} has an 'imports' section, which runs code; a bundle must do without.")
    for key, value in config.items():
        allowed = ALLOWED_TARGETS.keys() if key in BUILT_KEYS else ALLOWED_TARGETS.keys() | _RUNNER_TARGETS
        for text in _strings({key: value}):
            # MONAI evaluates strings that begin with $ and replaces those that begin with % by parts of other files.
            if "$" in text or text.startswith("%"):
                raise ModelError(f"{where} holds the expression {text!r}, which could run code; remove it.")
        for target in _targets(value):
            if not isinstance(target, str) or target not in allowed:
                raise ModelError(f"{where} asks for {target!r} in {key!r}, which is not on the list of safe names.")


def _strings(config: Any) -> Iterator[str]:
    if isinstance(config, str):
        yield config
    elif isinstance(config, dict):
        for key, value in config.items():
            yield key
            yield from _strings(value)
    elif isinstance(config, list):
        for value in config:
            yield from _strings(value)


def _targets(config: Any) -> Iterator[Any]:
    """Yield every ``_target_``, and every other reserved key as if it were one: none of those is on the list."""
    if isinstance(config, dict):
        for key, value in config.items():
            if key == _TARGET:
                yield value
            elif key.startswith("_") and key.endswith("_"):
                yield key
            yield from _targets(value)
    elif isinstance(config, list):
        for value in config:
            yield from _targets(value)
