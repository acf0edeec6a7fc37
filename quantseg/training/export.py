"""From a finished training run to the bundle that is shipped."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Any

from packaging.version import Version

from quantseg.errors import UsageError
from quantseg.models.bundle import GRAPH, INFERENCE, METADATA, Bundle, load_network, open_bundle, trust_list_of
from quantseg.models.configuration import REQUIRED_KEYS
from quantseg.models.trust import hash_bundle, record_trusted
from quantseg.training.bundle_start import TRAIN
from quantseg.training.graph import write_graph
from quantseg.training.seen import EARLIER_KEY, SPLIT_KEY
from quantseg.training.weights_file import COMMAND_FILE, WEIGHTS_FILE, copy_member, member_file

_VALIDATION, _CARD = "validation.json", "docs/README.md"
_TRAINED_KEYS = (
    *REQUIRED_KEYS,
    "coarse_spacing_mm",
    "margin_mm",
    "label_values",
    "end_diastolic_channel",
    "flatten_shading",
    "output",
)
_VERSION_KEYS = {"monai_version": "monai", "pytorch_version": "torch", "numpy_version": "numpy"}


@dataclass(frozen=True)
class _Run:
    """What a training run left behind.

    Attributes:
        command: recipe and inference configuration that it ran with.
        split: what was trained on, validated on and kept for testing.
        members: the folder of every member's weights, by number.
        validations: ``validation.json`` of each.
        scores: what the run's validation amounts to.
    """

    command: Mapping[str, Any]
    split: Mapping[str, Any]
    members: Mapping[int, Path]
    validations: Sequence[Mapping[str, Any]]
    scores: Mapping[str, float]


def export_bundle(
    run_folder: Path,
    bundle_folder: Path,
    version: str | None = None,
    partial: bool = False,
    start_bundle: Callable[[Path], None] | None = None,
) -> Bundle:
    """Put the members of a run into a bundle, with split, scores and the graph for OpenVINO.

    A bundle in one of the folders that models are found in is trusted from then on. One that lies elsewhere is on no
    list, whatever its name; ``quantseg models add`` shows and trusts it.

    The run's network and pre-processing replace those of ``inference.json``, its recipe replaces ``train.json``, so
    that the bundle says what was trained.

    Args:
        run_folder: output of ``quantseg train``: an ensemble with a folder a fold, or a single network.
        bundle_folder: holds ``configs/inference.json`` and a ``configs/metadata.json`` with the words (description,
            data source, licence, ...); members of an earlier run are replaced.
        version: of the bundle; as it was by default.
        partial: export the folds that are finished, however few.
        start_bundle: writes what a bundle needs that does not exist yet; without it the bundle must exist, unless the
            run went on from another one, whose words and configurations it then begins with.

    Returns:
        the bundle, every member of which has been loaded once.

    Raises:
        UsageError: the run is not finished, or the bundle's configurations are missing.
        ModelError: the bundle would be refused.
    """
    import torch

    run, bundle_folder = _read_run(run_folder, partial), bundle_folder.resolve()
    if run.command.get("start_from") and not bundle_folder.exists():
        _begin_as(Path(run.command["start_from"]), bundle_folder)
    elif start_bundle is not None:
        start_bundle(bundle_folder)
    inference, metadata = _read(bundle_folder / INFERENCE), _read(bundle_folder / METADATA)
    trained = run.command["inference"]
    inference |= {key: trained[key] for key in _TRAINED_KEYS if key in trained}
    metadata |= {key: _release(package) for key, package in _VERSION_KEYS.items()}
    metadata["required_packages_version"] = {
        package: _release(package) for package in sorted(metadata.get("required_packages_version", {}))
    }
    metadata["version"] = version or metadata["version"]
    metadata[SPLIT_KEY] = dict(run.split)
    metadata["eval_metrics"] = dict(run.scores)
    metadata.pop(EARLIER_KEY, None)
    if run.command.get("start_from"):
        metadata[EARLIER_KEY] = list(run.command.get(EARLIER_KEY, ()))
    metadata["members"] = {
        member_file(number): {key: value for key, value in validation.items() if key not in ("cases", "maps")}
        for number, validation in zip(run.members, run.validations, strict=True)
    }
    _replace_members(run, bundle_folder)
    _write(bundle_folder / INFERENCE, inference)
    _write(bundle_folder / METADATA, metadata)
    _write(bundle_folder / TRAIN, run.command["recipe"])
    bundle = open_bundle(bundle_folder, hash_bundle(bundle_folder))
    for member in bundle.members:
        load_network(bundle, member, torch.device("cpu"))
    if write_graph(bundle):
        bundle = open_bundle(bundle_folder, hash_bundle(bundle_folder))
    trust_list = trust_list_of(bundle_folder)
    if trust_list is not None:
        record_trusted(bundle_folder, trust_list)
    return bundle


def mean_scores(validations: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return the cross-validated score of each part: the mean over all cases, each seen by the member that never did.

    Args:
        validations: per fold the scores ``dice_*``, means over its ``cases``.
    """
    weights = [len(validation["cases"]) for validation in validations]
    names = [name for name in validations[0] if name.startswith("dice_")]
    return {
        f"cross_validated_{name}": round(
            sum(weight * validation[name] for weight, validation in zip(weights, validations, strict=True))
            / sum(weights),
            4,
        )
        for name in names
    }


def read_command(run_folder: Path) -> dict[str, Any]:  # A recipe holds whatever JSON does.
    """Return what a training run ran with.

    Raises:
        UsageError: the folder holds no run.
    """
    return _read(run_folder / COMMAND_FILE)


def _read_run(folder: Path, partial: bool) -> _Run:
    command = read_command(folder)
    if (folder / WEIGHTS_FILE).is_file():
        validation = _read(folder / _VALIDATION)
        split = {}
        if "maps" in validation:
            split = {"training_maps": validation["maps"], "test_maps": command["recipe"]["test_maps"]}
        scored_on = validation.get("scored_on", "synthetic_heads")
        scores = {
            f"{scored_on}_{name}": round(score, 4) for name, score in validation.items() if name.startswith("dice_")
        }
        return _Run(command, split, {0: folder}, [validation], scores)
    split = _read(folder / "split.json")
    folds = {fold: folder / f"fold_{fold}" for fold in range(len(split["folds"]))}
    members = {fold: member for fold, member in folds.items() if (member / _VALIDATION).is_file()}
    if len(members) != len(folds) and not (partial and members):
        raise UsageError(
            f"{folder} holds {len(members)} finished folds of {len(folds)}; go on with `quantseg train … --resume`, or "
            "export them with --partial."
        )
    validations = [_read(member / _VALIDATION) for member in members.values()]
    return _Run(command, split, members, validations, mean_scores(validations))


def _begin_as(earlier: Path, folder: Path) -> None:
    """Give a bundle that does not exist yet all that the one has, but its weights, which the run went on from."""
    if not (earlier / "configs").is_dir():
        raise UsageError(f"{earlier}, which the run went on from, is no bundle any more; begin {folder} by hand.")
    shutil.copytree(earlier, folder, ignore=shutil.ignore_patterns("models", "curves_*.csv"))
    metadata = _read(folder / METADATA)
    version = str(metadata["version"])
    _write(folder / METADATA, metadata | {"version": f"{version}{'.' if '+' in version else '+'}learned"})
    card = folder / _CARD
    if card.is_file():
        said = (
            f"**These members went on from {earlier.name} {version} on further cases. What follows is said of that.**"
        )
        card.write_text(f"{said}\n\n{card.read_text(encoding='utf-8')}", encoding="utf-8")


def _replace_members(run: _Run, bundle_folder: Path) -> None:
    """Put weights and learning curves of the run in the place of those of an earlier one."""
    models, docs = bundle_folder / "models", bundle_folder / "docs"
    for folder, old in ((models, ("*.safetensors", Path(GRAPH).name)), (docs, ("curves_*.csv",))):
        folder.mkdir(parents=True, exist_ok=True)
        for path in (path for pattern in old for path in folder.glob(pattern)):
            path.unlink()
    for number, folder in run.members.items():
        copy_member(folder, bundle_folder, number)


def _release(package: str) -> str:
    """Return the installed version without the build's label, such as ``+cpu``."""
    return Version(package_version(package)).public


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise UsageError(f"{path} is missing; expected a finished run and a bundle with its configurations.")
    return dict(json.loads(path.read_text(encoding="utf-8")))


def _write(path: Path, values: Mapping[str, Any]) -> None:
    """Write a configuration, unless the file says the same already: a layout made by hand is worth keeping."""
    if not path.is_file() or _read(path) != values:
        path.write_text(json.dumps(values, indent=4, ensure_ascii=False) + "\n", encoding="utf-8")
