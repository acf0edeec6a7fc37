"""The bundle of networks that say a few values of a standard brain: configuration, weights, curves, graph."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from quantseg.brain.atlas import STANDARD_SPACING_MM, read_atlas
from quantseg.brain.tissue_volume import volume_places
from quantseg.models.bundle import INFERENCE, METADATA, open_bundle
from quantseg.models.configuration import OUTPUT, VALUES
from quantseg.models.trust import hash_bundle
from quantseg.training.bundle_start import as_json, write_missing
from quantseg.training.graph import write_graph
from quantseg.training.weights_file import WEIGHTS_FILE

_TRAIN = "configs/train.json"
_CURVES = "curves.csv"


def write_volume_bundle(
    folder: Path,
    networks: Sequence[Path],
    network_def: Mapping[str, Any],
    recipe: Mapping[str, Any],
    metadata: Mapping[str, Any],
    texts: Mapping[str, str],
) -> None:
    """Write a bundle; texts that are there already are left as they are.

    Args:
        folder: of the bundle.
        networks: folder of each finished network.
        network_def: what they are built from.
        recipe: how they were trained.
        metadata: of the bundle.
        texts: licence and card by path in the bundle.
    """
    for name in ("configs", "models", "docs"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    places = volume_places(read_atlas())
    inference = {
        "spacing_mm": [STANDARD_SPACING_MM * side.step for side in places],
        "minimum_patch": [len(range(side.start, side.stop, side.step)) for side in places],
        "patch_multiple": 1,
        "network_def": network_def,
        "intensity": {"_target_": "Compose", "transforms": []},
        OUTPUT: VALUES,
    }
    for name, values in ((INFERENCE, inference), (METADATA, metadata), (_TRAIN, recipe)):
        (folder / name).write_text(as_json(values), encoding="utf-8")
    for number, trained in enumerate(networks):
        shutil.copyfile(trained / WEIGHTS_FILE, folder / "models" / f"member_{number}.safetensors")
        shutil.copyfile(trained / _CURVES, folder / "docs" / f"curves_{number}.csv")
    write_missing(folder, texts)
    write_graph(open_bundle(folder, hash_bundle(folder)))
