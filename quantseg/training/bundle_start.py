"""What a new bundle begins with: files that stay its own once they are there, and the part that MONAI runs alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from quantseg.models.bundle import INFERENCE, METADATA

TRAIN = "configs/train.json"
"""The recipe in a bundle."""
Transform = Mapping[str, Any]
"""A transform of MONAI's, as a bundle's configuration names it."""


def write_missing(folder: Path, files: Mapping[str, str]) -> None:
    """Write the files of a bundle that are not there yet.

    Args:
        folder: of the bundle.
        files: text by path in it.
    """
    for name, text in files.items():
        path = folder / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def write_configurations(
    folder: Path, inference: Mapping[str, Any], metadata: Mapping[str, Any], recipe: Mapping[str, Any]
) -> None:
    """Write the configurations of a bundle, in place of those that are there.

    Args:
        folder: of the bundle.
        inference: how it is used.
        metadata: what is said of it.
        recipe: how it came to be.
    """
    (folder / "configs").mkdir(parents=True, exist_ok=True)
    for name, values in ((INFERENCE, inference), (METADATA, metadata), (TRAIN, recipe)):
        (folder / name).write_text(as_json(values), encoding="utf-8")


def as_json(values: Mapping[str, Any]) -> str:
    """Return the text of a configuration."""
    return json.dumps(values, indent=4, ensure_ascii=False) + "\n"


def monai_runner(loading: Sequence[Transform], seen_last: Sequence[Transform] = ()) -> dict[str, Any]:
    """Return the part of ``inference.json`` by which MONAI's own runner labels one image with one member.

    Args:
        loading: from a file to an array with its channels first, and in the order that the network knows.
        seen_last: what the network is shown beside the image, after its intensities were normalised.
    """
    layout = {"_target_": "monai.data.FolderLayout"}
    file_name = {"_target_": "monai.data.FolderLayout.filename"}
    return {
        "network": {"_target_": "torch.nn.Module.to", "self": "@network_def", "device": "@device"},
        "models_layout": layout | {"output_dir": "@bundle_root"},
        "models_dir": file_name | {"self": "@models_layout", "subject": "models"},
        "weights_layout": layout | {"output_dir": "@models_dir", "extension": "safetensors"},
        "weights": file_name | {"self": "@weights_layout", "subject": "@member"},
        "preprocessing": {
            "_target_": "Compose",
            "transforms": [
                *loading,
                {"_target_": "Spacingd", "keys": "image", "pixdim": "@spacing_mm", "mode": "bilinear"},
                {"_target_": "ScaleIntensityd", "keys": "image", "minv": 0.0, "maxv": 1.0},
                {"_target_": "SpatialPadd", "keys": "image", "spatial_size": "@minimum_patch"},
                {"_target_": "DivisiblePadd", "keys": "image", "k": "@patch_multiple"},
                "@intensity",
                *seen_last,
            ],
        },
        "dataset": {"_target_": "Dataset", "data": [{"image": "@image"}], "transform": "@preprocessing"},
        "dataloader": {"_target_": "DataLoader", "dataset": "@dataset", "batch_size": 1, "num_workers": 0},
        "inferer": {"_target_": "SimpleInferer"},
        "postprocessing": {
            "_target_": "Compose",
            "transforms": [
                {"_target_": "Activationsd", "keys": "pred", "softmax": True},
                {
                    "_target_": "Invertd",
                    "keys": "pred",
                    "transform": "@preprocessing",
                    "orig_keys": "image",
                    "nearest_interp": False,
                    "to_tensor": True,
                },
                {"_target_": "AsDiscreted", "keys": "pred", "argmax": True},
                {
                    "_target_": "SaveImaged",
                    "keys": "pred",
                    "output_dir": "@output_dir",
                    "output_postfix": "labels",
                    "output_dtype": "uint8",
                    "separate_folder": False,
                    "resample": False,
                },
            ],
        },
        "evaluator": {
            "_target_": "SupervisedEvaluator",
            "device": "@device",
            "val_data_loader": "@dataloader",
            "network": "@network",
            "inferer": "@inferer",
            "postprocessing": "@postprocessing",
        },
        "initialize": [{"_target_": "safetensors.torch.load_model", "model": "@network_def", "filename": "@weights"}],
        "run": [{"_target_": "monai.engines.SupervisedEvaluator.run", "self": "@evaluator"}],
    }
