"""The configurations, licence and card that a new bundle of the heart starts with; from then on they are its own."""

from __future__ import annotations

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
from quantseg.training.bundle_start import as_json, monai_runner, write_missing

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
        INFERENCE: as_json(_inference(model)),
        METADATA: as_json(_metadata(model)),
        "LICENSE": licence_text(model),
        "docs/README.md": model_card(model, folder.name),
    }
    write_missing(folder, files)


def _inference(model: ModelDescription) -> dict[str, Any]:
    """Return the plain values, and what MONAI's own runner needs to label one slice given with its neighbours.

    It is shown no end-diastole, as a single frame is not: a channel of zeros stands there.
    """
    loading = (
        {"_target_": "LoadImaged", "keys": "image"},
        {"_target_": "EnsureChannelFirstd", "keys": "image", "channel_dim": -1},
    )
    place = {
        "bundle_root": ".",
        "device": "cpu",
        "image": "slice.nii.gz",
        "output_dir": "eval",
        "member": "member_0",
    }
    seen_last = _NO_END_DIASTOLE if sees_end_diastole(model.inference) else ()
    return place | dict(model.inference) | monai_runner(loading, seen_last)


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
