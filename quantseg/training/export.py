"""From a finished training run to the bundle that is shipped."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Any

from quantseg.errors import UsageError
from quantseg.models.bundle import INFERENCE, METADATA, Bundle, load_network, open_bundle
from quantseg.models.configuration import REQUIRED_KEYS
from quantseg.models.trust import SHIPPED_LIST, hash_bundle, record_trusted

_TRAIN = "configs/train.json"
_VERSION_KEYS = {"monai_version": "monai", "pytorch_version": "torch", "numpy_version": "numpy"}


@dataclass(frozen=True)
class _Run:
    """What a training run left behind.

    Attributes:
        command: recipe and inference configuration that it ran with.
        split: held-out patients and folds.
        folds: number and folder of every finished fold, in order.
        validations: ``validation.json`` of each.
    """

    command: Mapping[str, Any]
    split: Mapping[str, Any]
    folds: Mapping[int, Path]
    validations: Sequence[Mapping[str, Any]]


def export_bundle(
    run_folder: Path, bundle_folder: Path, version: str | None = None, trust_list: Path = SHIPPED_LIST
) -> Bundle:
    """Put the members of a run into a bundle, with split and scores, and trust the result.

    The run's network and pre-processing replace those of ``inference.json``, its recipe replaces ``train.json``, so
    that the bundle says what was trained.

    Args:
        run_folder: output of ``quantseg train``.
        bundle_folder: holds ``configs/inference.json`` and a ``configs/metadata.json`` with the words (description,
            data source, licence, ...); members of an earlier run are replaced.
        version: of the bundle; as it was by default.
        trust_list: where to record the hashes.

    Returns:
        the bundle, every member of which has been loaded once.

    Raises:
        UsageError: the run is not finished, or the bundle's configurations are missing.
        ModelError: the bundle would be refused.
    """
    import torch

    run, bundle_folder = _read_run(run_folder), bundle_folder.resolve()
    inference, metadata = _read(bundle_folder / INFERENCE), _read(bundle_folder / METADATA)
    trained = run.command["inference"]
    inference |= {key: trained[key] for key in REQUIRED_KEYS if key in trained}
    metadata |= {key: _release(package) for key, package in _VERSION_KEYS.items()}
    metadata["required_packages_version"] = {
        package: _release(package) for package in sorted(metadata.get("required_packages_version", {}))
    }
    metadata["version"] = version or metadata["version"]
    metadata["training_split"] = dict(run.split)
    metadata["eval_metrics"] = mean_scores(run.validations)
    metadata["members"] = {
        member_file(fold): {key: value for key, value in validation.items() if key != "cases"}
        for fold, validation in zip(run.folds, run.validations, strict=True)
    }
    _replace_members(run, bundle_folder / "models")
    _write(bundle_folder / INFERENCE, inference)
    _write(bundle_folder / METADATA, metadata)
    _write(bundle_folder / _TRAIN, run.command["recipe"])
    bundle = open_bundle(bundle_folder, hash_bundle(bundle_folder))
    for member in bundle.members:
        load_network(bundle, member, torch.device("cpu"))
    record_trusted(bundle_folder, trust_list)
    return bundle


def member_file(fold: int) -> str:
    """Return the file name of the member that was validated on a fold."""
    return f"member_{fold}.safetensors"


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


def _read_run(folder: Path) -> _Run:
    finished = sorted(folder.glob("fold_*/validation.json"), key=lambda path: int(path.parent.name.split("_")[1]))
    split = _read(folder / "split.json")
    if len(finished) != len(split["folds"]):
        raise UsageError(
            f"{folder} holds {len(finished)} finished folds of {len(split['folds'])}; go on with "
            "`quantseg train … --resume`."
        )
    folds = {int(path.parent.name.split("_")[1]): path.parent for path in finished}
    return _Run(_read(folder / "command.json"), split, folds, [_read(path) for path in finished])


def _replace_members(run: _Run, models: Path) -> None:
    models.mkdir(parents=True, exist_ok=True)
    for old in models.glob("*.safetensors"):
        old.unlink()
    for fold, folder in run.folds.items():
        shutil.copyfile(folder / "weights.safetensors", models / member_file(fold))


def _release(package: str) -> str:
    """Return the installed version without the build's label, such as ``+cpu``."""
    return package_version(package).partition("+")[0]


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise UsageError(f"{path} is missing; expected a finished run and a bundle with its configurations.")
    return json.loads(path.read_text(encoding="utf-8"))


def _write(path: Path, values: Mapping[str, Any]) -> None:
    """Write a configuration, unless the file says the same already: a layout made by hand is worth keeping."""
    if not path.is_file() or _read(path) != values:
        path.write_text(json.dumps(values, indent=4, ensure_ascii=False) + "\n", encoding="utf-8")
