"""Bundles from elsewhere: looked at, copied without anything that could run, and trusted from then on."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

from quantseg.errors import ModelError, UsageError
from quantseg.models.bundle import GRAPH, Bundle, added_folder, load_network, open_bundle, shipped_folder
from quantseg.models.graph import check_graph
from quantseg.models.home import writing_to_user_folder
from quantseg.models.trust import forget, hash_bundle, record_trusted, user_list

_PICKLES = frozenset({".pt", ".pth", ".ckpt", ".bin", ".pkl", ".pickle", ".ts", ".joblib", ".npy", ".npz"})
_DOCUMENTS = ("LICENSE", "docs/README.md")


def inspect_bundle(folder: Path, in_place_of: str | None = None) -> Bundle:
    """Read a bundle from elsewhere and prove that QuantSeg can run it; nothing in it is executed.

    Args:
        folder: of the bundle.
        in_place_of: name of the shipped model whose place it shall take; None for one of a name of its own.

    Raises:
        UsageError: the folder is no bundle, or its name is taken by a model that ships with QuantSeg.
        ModelError: it holds pickles, or a configuration or weight file that is refused.
    """
    folder = folder.resolve()
    if not (folder / "configs").is_dir() or not (folder / "models").is_dir():
        raise UsageError(f"{folder} is no MONAI bundle; expected the folders configs and models in it.")
    if in_place_of is None and (shipped_folder() / folder.name).exists():
        raise UsageError(f"A model named {folder.name!r} ships with QuantSeg; rename the folder of yours.")
    pickles = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _PICKLES)
    if pickles:
        raise ModelError(
            f"{pickles[0]} may hold pickled objects, which run code when read; convert the weights to safetensors "
            "and remove the file."
        )
    bundle = open_bundle(folder, hash_bundle(folder))
    if not bundle.members:
        raise ModelError(f"{folder / 'models'} holds no safetensors file; expected one a member.")
    if not bundle.is_network:
        for member in bundle.members:
            _require_tensors(folder / "models" / member)
        return bundle
    if bundle.has_graph:
        first = folder / "models" / bundle.members[0]
        check_graph((folder / GRAPH).read_bytes(), first.read_bytes(), first.name, str(folder / GRAPH))
    elif importlib.util.find_spec("torch") is None:
        raise ModelError(
            f"{folder} has no {GRAPH}, without which only PyTorch can compute it; pip install torch monai."
        )
    if importlib.util.find_spec("torch") is not None:
        import torch

        for member in bundle.members:
            load_network(bundle, member, torch.device("cpu"))
    return bundle


def _require_tensors(path: Path) -> None:
    """Refuse a file of a regression that holds no finite numbers.

    Raises:
        ModelError: it cannot be read, or holds none.
    """
    import numpy as np
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        tensors = load(path.read_bytes())
    except SafetensorError as error:
        raise ModelError(f"{path} cannot be read ({error}); expected weights as safetensors.") from error
    if not tensors or not all(np.isfinite(values).all() for values in tensors.values()):
        raise ModelError(f"{path} holds no weights, or some that are no finite numbers; fit the model again.")


def install_bundle(bundle: Bundle) -> Path:
    """Copy an inspected bundle to the user's folder, record its hashes, and return where it lies.

    Only configurations, weights, licence and model card are copied.

    Raises:
        ModelError: a file changed since it was inspected, or the user's folder cannot be written.
    """
    with writing_to_user_folder():
        return copy_bundle(bundle, added_folder() / bundle.name, user_list())


def copy_bundle(bundle: Bundle, target: Path, trust_list: Path) -> Path:
    """Copy an inspected bundle to a folder, in the place of what lies there, and trust it; return the folder.

    Args:
        bundle: what is copied.
        target: one of the folders in which models are found.
        trust_list: which speaks of models there.

    Raises:
        ModelError: a file changed since it was inspected.
        OSError: it cannot be written.
    """
    aside = target.with_name(f".{target.name}.{os.getpid()}.part") / target.name
    try:
        for path in (*bundle.hashes, *(name for name in _DOCUMENTS if (bundle.folder / name).is_file())):
            (aside / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(bundle.folder / path, aside / path)
        if hash_bundle(aside) != dict(bundle.hashes):
            raise ModelError(f"{bundle.folder} changed while it was copied; add it again.")
        if target.exists():
            shutil.rmtree(target)
        aside.replace(target)
    finally:
        shutil.rmtree(aside.parent, ignore_errors=True)
    record_trusted(target, trust_list)
    return target


def remove_bundle(name: str) -> None:
    """Delete a bundle that the user added.

    Raises:
        UsageError: there is no such bundle, or it ships with QuantSeg.
        ModelError: the user's folder cannot be written.
    """
    if name not in {path.name for path in added_folder().glob("*")}:
        shipped = (shipped_folder() / name).exists()
        why = "it ships with QuantSeg" if shipped else "no such model was added"
        raise UsageError(f"Model {name!r} cannot be removed: {why}.")
    with writing_to_user_folder():
        forget(name, user_list())
        shutil.rmtree(added_folder() / name)
