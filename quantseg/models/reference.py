"""Which model made a result, as every result repeats it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class ModelReference:
    """Which model made a result.

    Attributes:
        name: bundle name.
        version: bundle version.
        licence: SPDX identifier of the weights' licence.
        weight_hashes: SHA-256 of each weight file, by its path in the bundle.
    """

    name: str
    version: str
    licence: str
    weight_hashes: Mapping[str, str]


def algorithm_name(task: str, models: Sequence[ModelReference], made_by: str) -> str:
    """Return what made a result, as DICOM's Segment Algorithm Name says it, such as "QuantSeg liver 1.0.0".

    Args:
        task: name of the task.
        models: the models used.
        made_by: name of the one among them that made the outputs.

    Returns:
        an empty text where no model did.
    """
    if not models:
        return ""
    maker = next((model for model in models if model.name == made_by), None)
    return f"QuantSeg {task}" if maker is None else f"QuantSeg {maker.name} {maker.version}"
