"""The configurations, licence and card that a new bundle of lumbar muscles starts with, its own from then on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from quantseg.models.bundle import INFERENCE, METADATA
from quantseg.tasks.lumbar_muscle.channels import CHANNELS
from quantseg.tasks.lumbar_muscle.training import starting_point
from quantseg.training.bundle_start import as_json, monai_runner, write_missing

_RESEARCH_ONLY = "For research use only. Not for clinical diagnosis."
_TITLE = "Lumbar muscles: psoas, erector spinae, multifidus and quadratus lumborum on axial MRI"
_DATA = "Synthetic cross-sections drawn by QuantSeg's own generator; no image and no label map of any person"
_LICENCE = """Weights of the QuantSeg model of lumbar muscles
================================================

Licensed under the Apache License, Version 2.0 (SPDX: Apache-2.0).
Full text: https://www.apache.org/licenses/LICENSE-2.0, and LICENSE.txt of QuantSeg.

The network was trained on cross-sections that QuantSeg's own generator draws; no data of others went into it.

The configuration files and the model card belong to QuantSeg's code and are licensed under Apache-2.0 as well.
"""
_NO_FAT_IMAGE = (
    {"_target_": "CopyItemsd", "keys": "image", "names": "nothing"},
    {"_target_": "ScaleIntensityd", "keys": "nothing", "minv": 0.0, "maxv": 0.0},
    {"_target_": "ConcatItemsd", "keys": ["image", "nothing"], "name": "image"},
)
"""What MONAI's own runner shows beside one image: the empty second channel."""


def start_bundle(folder: Path) -> None:
    """Write what a bundle needs beside its weights, unless it is there already.

    Args:
        folder: of the bundle.
    """
    files = {
        INFERENCE: as_json(_inference()),
        METADATA: as_json(_metadata()),
        "LICENSE": _LICENCE,
        "docs/README.md": _card(folder.name),
    }
    write_missing(folder, files)


def _inference() -> dict[str, Any]:
    """Return the plain values, and what MONAI's own runner needs to label one slice of one image."""
    place = {
        "bundle_root": ".",
        "device": "cpu",
        "image": "slice.nii.gz",
        "output_dir": "eval",
        "member": "member_0",
    }
    loading = (
        {"_target_": "LoadImaged", "keys": "image"},
        {"_target_": "EnsureChannelFirstd", "keys": "image", "channel_dim": -1},
    )
    return place | dict(starting_point.INFERENCE) | monai_runner(loading, _NO_FAT_IMAGE)


def _metadata() -> dict[str, Any]:
    multiple = starting_point.INFERENCE["patch_multiple"]
    image: dict[str, Any] = {"type": "image", "modality": "MR", "spatial_shape": [f"{multiple}*n"] * 2}
    image |= {"dtype": "float32", "value_range": [], "is_patch_data": False}
    classes = {str(number): name for number, name in enumerate(CHANNELS)}
    return {
        "version": "0.1.0",
        "changelog": {"0.1.0": "first weights"},
        "monai_version": "",
        "pytorch_version": "",
        "numpy_version": "",
        "required_packages_version": {"nibabel": "", "pytorch-ignite": "", "safetensors": ""},
        "name": _TITLE,
        "task": "Segmentation of the muscles beside the lumbar spine on axial MRI",
        "description": "A 2D U-Net (MONAI UNet) at 1.25 mm on whole axial slices, trained on synthetic cross-sections "
        "of L2 to L5 alone: Dixon water and fat, water or fat alone, T1, T2.",
        "authors": "The QuantSeg developers",
        "copyright": "The QuantSeg developers",
        "licence": "Apache-2.0",
        "data_source": _DATA,
        "data_type": "nifti",
        "image_classes": "two channels, water and fat of a Dixon, or one MRI and an empty channel; any intensity scale",
        "label_classes": "one channel, "
        + ", ".join(f"{number} {name}" for number, name in classes.items())
        + "; QuantSeg tells left from right by where a muscle lies",
        "pred_classes": f"{len(CHANNELS)} channels, scores of {', '.join(CHANNELS)}",
        "eval_metrics": {},
        "intended_use": _RESEARCH_ONLY,
        "references": [],
        "network_data_format": {
            "inputs": {
                "image": image
                | {"format": "magnitude", "num_channels": 2, "channel_def": {"0": "water, or the image", "1": "fat"}}
            },
            "outputs": {
                "pred": image | {"format": "segmentation", "num_channels": len(CHANNELS), "channel_def": classes}
            },
        },
    }


def _card(name: str) -> str:
    """Return the bundle's ``docs/README.md``; ``name`` is the bundle's folder."""
    return f"""# Model card: lumbar muscles

**{_RESEARCH_ONLY}**

| | |
|---|---|
| Task | psoas, erector spinae, multifidus and quadratus lumborum, left and right, on axial slices of L2 to L5 |
| Input | water and fat of a Dixon, or one T1 or T2 image, slices resampled to 1.25 mm |
| Output | scores of {", ".join(CHANNELS)} |
| Network | one 2D U-Net (MONAI UNet), float16 safetensors |
| Training data | {_DATA} |
| Licence of the weights | Apache-2.0, see `LICENSE` |

## What it was trained on

No real image. Every slice is drawn anew: outlines of skin, wall, viscera, spine and muscles, sized by level, strength,
wasting and fat, bent together by one smooth deformation, painted, and scanned by the signal equations of a Dixon, T1 or
T2. In most of the lean, multifidus and erector spinae touch, with a wedge of fat, a thin line or nothing at all between
them. All figures of anatomy and of relaxation are assumed. `configs/train.json` holds every number that is varied.

```sh
quantseg train lumbar-muscle -o runs/{name} --threads 1
quantseg models export runs/{name} Resources/Models/{name}
```

## How good it is

`eval_metrics` in `configs/metadata.json` (Dice on synthetic slices with other seeds) only shows that training
converged.

## Limits

- Implants, surgery, tumours, scoliosis beyond a little, and children are not drawn.
- The outline of a muscle holds the fat between its fibres.
"""
