"""Whom a model has learned from, and where everybody stood while it did: what its bundle says of that."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from quantseg.models.bundle import METADATA
from quantseg.training.splits import Split

SPLIT_KEY, EARLIER_KEY = "training_split", "learned_from_earlier"
"""In a bundle's metadata: the split of the run that made it, and whom the models knew that the run went on from."""


def split_before(bundle: str | None) -> Split | None:
    """Return the split that the members of a bundle were trained with; None where it does not say, or there is none."""
    return None if bundle is None else split_of(read_metadata(Path(bundle)))


def split_of(metadata: Mapping[str, Any]) -> Split | None:
    """Return the split that a bundle's metadata hold; None where they hold no folds."""
    split = metadata.get(SPLIT_KEY) or {}
    if "folds" not in split:
        return None
    return Split(tuple(split.get("held_out", ())), tuple(tuple(fold) for fold in split["folds"]))


def learned_from(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the persons (or files, or maps) that some member of a bundle, or one that it went on from, was trained on.

    Args:
        metadata: ``configs/metadata.json``.
    """
    split = split_of(metadata)
    folds = split.folds if split is not None and len(split.folds) > 1 else ()
    maps = (metadata.get(SPLIT_KEY) or {}).get("training_maps", ())
    named = {name for fold in folds for name in fold} | set(maps) | set(metadata.get(EARLIER_KEY, ()))
    return tuple(sorted(named))


def read_metadata(bundle: Path) -> dict[str, Any]:
    """Return the metadata of a bundle; empty where it has none."""
    path = bundle / METADATA
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}
