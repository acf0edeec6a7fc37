"""The bundle of networks that say a few values of a standard brain: configuration, weights, curves, graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from quantseg.brain.atlas import STANDARD_SPACING_MM, read_atlas
from quantseg.brain.tissue_volume import volume_places
from quantseg.models.bundle import open_bundle
from quantseg.models.configuration import OUTPUT, VALUES
from quantseg.models.trust import hash_bundle
from quantseg.training.bundle_start import write_configurations, write_missing
from quantseg.training.graph import write_graph
from quantseg.training.weights_file import copy_member


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
    for name in ("models", "docs"):
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
    write_configurations(folder, inference, metadata, recipe)
    for number, trained in enumerate(networks):
        copy_member(trained, folder, number)
    write_missing(folder, texts)
    write_graph(open_bundle(folder, hash_bundle(folder)))
