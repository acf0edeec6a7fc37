"""The configurations, licence and card that a new bundle of the heart starts with; from then on they are its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from quantseg.models.bundle import INFERENCE, METADATA
from quantseg.tasks.heart.stack_input import sees_end_diastole
from quantseg.tasks.heart.training.model_description import (
    MODELS,
    RESEARCH_ONLY,
    ModelDescription,
    channel_names,
    licence_text,
    model_card,
)

# A channel of zeros after the three of the image.
_NO_END_DIASTOLE = (
    {"_target_": "CopyItemsd", "keys": "image", "names": "nothing"},
    {"_target_": "ScaleIntensityd", "keys": "nothing", "minv": 0.0, "maxv": 0.0},
    {"_target_": "SplitDimd", "keys": "nothing", "output_postfixes": ["0", "1", "2"]},
    {"_target_": "ConcatItemsd", "keys": ["image", "nothing_0"], "name": "image"},
)


def start_bundle(folder: Path, approach: str) -> None:
    """Write what a bundle needs beside its weights, unless it is there already.

    Args:
        folder: of the bundle.
        approach: key of ``MODELS``.
    """
    model = MODELS[approach]
    files = {
        INFERENCE: _json(_inference(model)),
        METADATA: _json(_metadata(model)),
        "LICENSE": licence_text(model),
        "docs/README.md": model_card(model, folder.name),
    }
    for name, text in files.items():
        path = folder / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def _json(values: Mapping[str, Any]) -> str:
    return json.dumps(values, indent=4, ensure_ascii=False) + "\n"


def _inference(model: ModelDescription) -> dict[str, Any]:
    """Return the plain values, and what MONAI's own runner needs to label one slice given with its neighbours.

    It is shown no end-diastole, as a single frame is not: a channel of zeros stands there.
    """
    layout = {"_target_": "monai.data.FolderLayout"}
    file_name = {"_target_": "monai.data.FolderLayout.filename"}
    runner = {
        "network": {"_target_": "torch.nn.Module.to", "self": "@network_def", "device": "@device"},
        "models_layout": layout | {"output_dir": "@bundle_root"},
        "models_dir": file_name | {"self": "@models_layout", "subject": "models"},
        "weights_layout": layout | {"output_dir": "@models_dir", "extension": "safetensors"},
        "weights": file_name | {"self": "@weights_layout", "subject": "@member"},
        "preprocessing": {
            "_target_": "Compose",
            "transforms": [
                {"_target_": "LoadImaged", "keys": "image"},
                {"_target_": "EnsureChannelFirstd", "keys": "image", "channel_dim": -1},
                {"_target_": "Spacingd", "keys": "image", "pixdim": "@spacing_mm", "mode": "bilinear"},
                {"_target_": "ScaleIntensityd", "keys": "image", "minv": 0.0, "maxv": 1.0},
                {"_target_": "SpatialPadd", "keys": "image", "spatial_size": "@minimum_patch"},
                {"_target_": "DivisiblePadd", "keys": "image", "k": "@patch_multiple"},
                "@intensity",
                *(_NO_END_DIASTOLE if sees_end_diastole(model.inference) else ()),
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
    place = {
        "bundle_root": ".",
        "device": "cpu",
        "image": "slice.nii.gz",
        "output_dir": "eval",
        "member": "member_0",
    }
    return place | dict(model.inference) | runner


def _metadata(model: ModelDescription) -> dict[str, Any]:
    patch = model.inference["minimum_patch"]
    image = {"type": "image", "modality": "MR", "spatial_shape": patch, "dtype": "float32", "value_range": []}
    channels = channel_names(model)
    alternative = {} if model.alternative is None else {"commercial_alternative": model.alternative}
    return {
        "version": "0.1.0",
        "changelog": {"0.1.0": "first members"},
        "monai_version": "",
        "pytorch_version": "",
        "numpy_version": "",
        "required_packages_version": {"nibabel": "", "pytorch-ignite": "", "safetensors": ""},
        "name": model.title,
        "task": "Segmentation of the heart on short-axis cine MRI",
        "description": f"2D U-Nets (MONAI DynUNet), one a fold of {model.folds} in cross-validation by patient, that "
        "see each slice with its neighbours, first at 3 mm to find the heart and its direction, then at 1.5 mm, "
        "turned, to outline it.",
        "authors": "The QuantSeg developers",
        "copyright": f"The QuantSeg developers; weights derived from {model.data}",
        "licence": model.licence,
        **alternative,
        "data_source": model.data,
        "data_type": "nifti",
        "image_classes": "of a short-axis cine: " + ", ".join(channels.values()),
        "label_classes": ", ".join(
            f"{value} {name}" for value, name in zip(model.inference["label_values"], model.structures, strict=True)
        ),
        "pred_classes": f"{len(model.structures)} channels, scores of {', '.join(model.structures)}",
        "eval_metrics": {},
        "intended_use": RESEARCH_ONLY,
        "references": [model.citation],
        "network_data_format": {
            "inputs": {
                "image": image
                | {
                    "format": "magnitude",
                    "num_channels": len(channels),
                    "is_patch_data": False,
                    "channel_def": channels,
                }
            },
            "outputs": {
                "pred": image
                | {
                    "format": "segmentation",
                    "num_channels": len(model.structures),
                    "is_patch_data": False,
                    "channel_def": {str(number): name for number, name in enumerate(model.structures)},
                }
            },
        },
    }
