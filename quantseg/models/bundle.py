"""A model bundle: found by name, its files those that were trusted, its networks built and filled."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quantseg.errors import ModelError
from quantseg.models.building import build
from quantseg.models.configuration import NO_NETWORK, OUTPUT, PROBABILITIES, REQUIRED_KEYS, VALUES, read_configuration
from quantseg.models.home import user_folder
from quantseg.models.reference import ModelReference
from quantseg.models.trust import (
    SHIPPED_LIST,
    Hashes,
    hash_bundle,
    read_trusted,
    replacement_list,
    trusted_hashes,
    user_list,
)
from quantseg.resources import resources_folder

if TYPE_CHECKING:
    import torch

METADATA, INFERENCE = "configs/metadata.json", "configs/inference.json"
GRAPH = "models/graph.onnx"
"""The network as a graph that OpenVINO reads, its weights left in the members' own files."""

_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_WEIGHT_FILE = re.compile(r"models/[A-Za-z0-9_-]+\.safetensors")


@dataclass(frozen=True)
class Bundle:
    """A model in the layout of a MONAI bundle.

    Attributes:
        folder: where it lies.
        name: name of its folder.
        version: as its metadata say.
        licence: SPDX identifier of the weights' licence.
        metadata: ``configs/metadata.json``.
        inference: ``configs/inference.json``; QuantSeg uses its plain values, ``network_def`` and ``intensity``.
        members: file names of the networks under ``models/``, sorted.
        hashes: trusted SHA-256 of every configuration and weight file, by path in the bundle.
    """

    folder: Path
    name: str
    version: str
    licence: str
    metadata: dict[str, Any]
    inference: dict[str, Any]
    members: tuple[str, ...]
    hashes: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_network(self) -> bool:
        """Whether its members are networks; those of a regression are its weights alone, and a mixture has none."""
        return _holds_network(self.inference)

    @property
    def yields_probabilities(self) -> bool:
        """Whether its networks' output are scores of classes rather than values."""
        return bool(self.inference.get(OUTPUT, PROBABILITIES) == PROBABILITIES)

    @property
    def has_graph(self) -> bool:
        """Whether OpenVINO can serve it."""
        return GRAPH in self.hashes

    @property
    def decisive_hashes(self) -> dict[str, str]:
        """The hashes of what decides a result; the graph is but another way to compute the same."""
        return {path: digest for path, digest in self.hashes.items() if path != GRAPH}


def find_bundle(name: str) -> Bundle:
    """Return a bundle that ships with QuantSeg, the one that has taken its place, or one that the user added.

    Configurations are checked against the trusted hashes here, each weight file when its network is loaded.

    Raises:
        ModelError: there is no such bundle, or it is damaged or untrusted.
    """
    if not _SAFE_NAME.fullmatch(name):
        raise ModelError(f"{name!r} is no model name; expected letters, digits, '-' and '_'.")
    for folder, trust_list in _places():
        if (folder / name).is_dir():
            return open_bundle(folder / name, trusted_hashes(name, trust_list))
    known = ", ".join(bundle_names()) or "none"
    raise ModelError(f"There is no model {name!r}; known: {known}. `quantseg models add DIR` adds one.")


def bundle_in(folder: Path) -> Bundle:
    """Return the bundle in just this folder, whatever other bundle bears its name.

    Its files must be the trusted ones where the folder is one of those that models are found in. Elsewhere no list
    speaks of it: what lies there is taken as it is, by who names the folder.

    Raises:
        ModelError: it is damaged or untrusted, or no bundle.
    """
    folder = folder.resolve()
    if not (folder / "configs").is_dir() or not (folder / "models").is_dir():
        raise ModelError(f"{folder} is no MONAI bundle; expected the folders configs and models in it.")
    trust_list = trust_list_of(folder)
    return open_bundle(folder, hash_bundle(folder) if trust_list is None else trusted_hashes(folder.name, trust_list))


def trust_list_of(folder: Path) -> Path | None:
    """Return the list that speaks of the bundle in a folder; None where models are not found, whatever its name."""
    parent = folder.resolve().parent
    return next((trust_list for place, trust_list in _places() if parent == place.resolve()), None)


def _places() -> Iterator[tuple[Path, Path]]:
    """Yield each folder in which models are found, with the list that speaks of them; the first that has one counts."""
    yield replacement_folder(), replacement_list()
    yield shipped_folder(), SHIPPED_LIST
    yield added_folder(), user_list()


def open_bundle(folder: Path, hashes: Hashes) -> Bundle:
    """Return the bundle in a folder, whose files must have these hashes.

    Raises:
        ModelError: a configuration or the set of files is not as trusted, or a configuration is not allowed.
    """
    for directory in ("configs", "models"):
        for path in sorted((folder / directory).glob("*")):
            relative = path.relative_to(folder).as_posix()
            if relative not in hashes and not path.name.startswith("."):
                raise ModelError(f"{path} is not on the list of trusted files of this model; remove it.")
    configs = {
        path: read_configuration(read_trusted(folder, path, hashes), str(folder / path))
        for path in sorted({METADATA, INFERENCE} | {path for path in hashes if path.startswith("configs/")})
    }
    metadata, inference = configs[METADATA], configs[INFERENCE]
    missing = [key for key in REQUIRED_KEYS if key not in inference] if _holds_network(inference) else []
    if missing:
        raise ModelError(f"{folder / INFERENCE} lacks {missing[0]!r}; QuantSeg needs {', '.join(REQUIRED_KEYS)}.")
    output = inference.get(OUTPUT, PROBABILITIES)
    if output not in (PROBABILITIES, VALUES):
        raise ModelError(f"{folder / INFERENCE} calls its output {output!r}; expected {PROBABILITIES} or {VALUES}.")
    licence = metadata.get("licence") or metadata.get("license")
    if not licence or "version" not in metadata:
        lacking = "a version" if licence else "a licence (SPDX identifier)"
        raise ModelError(f"{folder / METADATA} does not name {lacking}; add it.")
    weights = sorted(path for path in hashes if path.startswith("models/"))
    for file in weights:
        if file != GRAPH and not _WEIGHT_FILE.fullmatch(file):
            raise ModelError(f"{folder / file} is not a safetensors file; no other form of weights is read.")
    members = tuple(Path(file).name for file in weights if file != GRAPH)
    return Bundle(folder, folder.name, str(metadata["version"]), str(licence), metadata, inference, members, hashes)


def _holds_network(inference: Mapping[str, Any]) -> bool:
    return not any(key in inference for key in NO_NETWORK)


def load_network(bundle: Bundle, member: str, device: torch.device) -> torch.nn.Module:
    """Build a member's network and fill it with its weights.

    Args:
        bundle: where it comes from.
        member: file name under ``models/``.
        device: where the network is wanted.

    Returns:
        the network in evaluation mode, float32, in channels-last layout.

    Raises:
        ModelError: there is no such member, its file is not the trusted one, or does not fit the network.
    """
    if member not in bundle.members:
        raise ModelError(f"Model {bundle.name!r} has no member {member!r}; it has {', '.join(bundle.members)}.")
    data = read_trusted(bundle.folder, f"models/{member}", bundle.hashes)
    from quantseg.models.weights import load_weights, to_channels_last

    network = build(bundle.inference["network_def"])
    load_weights(network, data, str(bundle.folder / "models" / member))
    return to_channels_last(network, device).eval().requires_grad_(False)


def reference(bundle: Bundle) -> ModelReference:
    """Return what results say about the bundle that made them."""
    weight_hashes = {path: digest for path, digest in bundle.decisive_hashes.items() if path.startswith("models/")}
    return ModelReference(bundle.name, bundle.version, bundle.licence, weight_hashes)


def bundle_names() -> list[str]:
    """Return the names of all bundles, shipped ones first."""
    shipped, added = (
        sorted(path.name for path in folder.glob("*") if _SAFE_NAME.fullmatch(path.name) and path.is_dir())
        for folder in (shipped_folder(), added_folder())
    )
    return shipped + [name for name in added if name not in shipped]


def shipped_folder() -> Path:
    """Return where the bundles lie that ship with QuantSeg."""
    return resources_folder() / "Models"


def replacement_folder() -> Path:
    """Return where the bundles lie that have taken the place of shipped ones."""
    return user_folder() / "replacements"


def added_folder() -> Path:
    """Return where the bundles lie that the user added."""
    return user_folder() / "models"
