"""The configurations, licence and card that a new bundle of brain tissue starts with; from then on they are its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from quantseg.models.bundle import INFERENCE, METADATA
from quantseg.tasks.brain_tissue.training import starting_point
from quantseg.training.bundle_start import as_json, monai_runner, write_missing

_RESEARCH_ONLY = "For research use only. Not for clinical diagnosis."
_TITLE = "Brain tissue: grey matter, white matter and fluid on T1-weighted MRI of a head or a brain"
_DATA = (
    "Synthetic images made from the 20 head label maps of SynthSeg, https://github.com/BBillot/SynthSeg, Apache-2.0; "
    "four maps are kept for testing"
)
_CITATION = (
    "Billot B., Greve D. N., Puonti O., et al. SynthSeg: segmentation of brain MRI scans of any contrast and "
    "resolution without retraining. Medical Image Analysis 86, 102789 (2023). https://doi.org/10.1016/j.media.2023.102789"
)
_LICENCE = f"""Weights of the QuantSeg model of brain tissue
=============================================

Licensed under the Apache License, Version 2.0 (SPDX: Apache-2.0).
Full text: https://www.apache.org/licenses/LICENSE-2.0, and LICENSE.txt of QuantSeg.

The network was trained on synthetic images only, made from the head label maps that come with

  SynthSeg, https://github.com/BBillot/SynthSeg, licensed under Apache-2.0.
  Changes: images were synthesised from the maps; the maps themselves are not contained in this folder.

Please cite:

  {_CITATION}

The configuration files and the model card belong to QuantSeg's code and are licensed under Apache-2.0 as well.
"""
_NAMES = tuple(starting_point.INFERENCE["labels"])


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
    """Return the plain values, and what MONAI's own runner needs to label the regions of one head."""
    place = {
        "bundle_root": ".",
        "device": "cpu",
        "image": "head.nii.gz",
        "output_dir": "eval",
        "member": "member_0",
        "axcodes": "RAS",
    }
    loading = (
        {"_target_": "LoadImaged", "keys": "image"},
        {"_target_": "EnsureChannelFirstd", "keys": "image"},
        {"_target_": "Orientationd", "keys": "image", "axcodes": "@axcodes"},
    )
    return place | dict(starting_point.INFERENCE) | monai_runner(loading)


def _metadata() -> dict[str, Any]:
    multiple = starting_point.INFERENCE["patch_multiple"]
    image: dict[str, Any] = {"type": "image", "modality": "MR", "spatial_shape": [f"{multiple}*n"] * 3}
    image |= {"dtype": "float32", "value_range": [], "is_patch_data": False}
    classes = {str(number): name for number, name in enumerate(_NAMES)}
    return {
        "version": "0.1.0",
        "changelog": {"0.1.0": "first weights"},
        "monai_version": "",
        "pytorch_version": "",
        "numpy_version": "",
        "required_packages_version": {"nibabel": "", "pytorch-ignite": "", "safetensors": ""},
        "name": _TITLE,
        "task": "Segmentation of the brain's tissues on head MRI",
        "description": "A 3D U-Net (MONAI DynUNet) at 3 mm, trained on synthetic heads only: random greys, mostly "
        "those of T1, bias field, resolution, noise, deformation, cropping, some without skull, with the share of each "
        "region in each voxel as the truth. QuantSeg tells tissues apart within its voxels by brightness.",
        "authors": "The QuantSeg developers",
        "copyright": "The QuantSeg developers",
        "licence": "Apache-2.0",
        "data_source": _DATA,
        "data_type": "nifti",
        "image_classes": "one channel, T1-weighted head MRI, any intensity scale",
        "label_classes": "one channel, " + ", ".join(f"{number} {name}" for number, name in classes.items()),
        "pred_classes": f"{len(_NAMES)} channels, scores of {', '.join(_NAMES)}",
        "eval_metrics": {},
        "intended_use": _RESEARCH_ONLY,
        "references": [_CITATION],
        "network_data_format": {
            "inputs": {"image": image | {"format": "magnitude", "num_channels": 1, "channel_def": {"0": "MRI"}}},
            "outputs": {
                "pred": image | {"format": "segmentation", "num_channels": len(_NAMES), "channel_def": classes}
            },
        },
    }


def _card(name: str) -> str:
    """Return the bundle's ``docs/README.md``; ``name`` is the bundle's folder."""
    names = ", ".join(_NAMES)
    return f"""# Model card: brain tissue

**{_RESEARCH_ONLY}**

| | |
|---|---|
| Task | grey matter, white matter and fluid of a head or a brain, and their parts |
| Input | T1-weighted MRI of a head, with or without skull |
| Output | share of fluid, grey and white matter in each voxel of the scan; the network alone: scores of {names} |
| Network | one 3D U-Net (MONAI DynUNet, 12 to 96 filters), float16 safetensors |
| Training data | {_DATA} |
| Licence of the weights | Apache-2.0, see `LICENSE` |

## How it works

In two steps. The network sees the whole head in voxels of 3 mm and says what share of each region every voxel holds: so
it knows where the brain is, and its deep nuclei, cerebellum, brain stem and ventricles, left and right. Within these
voxels brightness tells tissues apart on the scan's own voxels (or 1 mm where those are finer): a mixture of Gaussians,
one for each kind of tissue that looks alike, with the network's shares as what is expected, voxels that hold two
tissues, a slowly varying coil field, and votes of the six neighbours (`quantseg/brain/brightness_mixture.py`).

## What it was trained on

No real image. Every sample is drawn anew from a label map: turned, scaled, sheared, deformed, mirrored in half the
cases with left and right exchanged, and cropped; the tissues get the greys of T1, plain, weak or after a contrast
agent, in some heads those of T2, proton density, FLAIR or inverted T1, so that a contrast that is refused is known by
its anatomy; some heads have no skull. Bias field, blur, coarse voxels, noise, gamma and de-facing are added.
`configs/train.json` holds every number. The truth is the share of each region in each voxel. Training went on from the
weights of the [head localiser](../../head-localiser/docs/README.md), which tells other classes of the same head.

The average of the weights at the end of the schedule is what is shipped; no checkpoint was chosen by a score.

```sh
quantseg train brain-tissue --data LABEL_MAPS -o runs/{name} --threads 1 --start-from Resources/Models/head-localiser
quantseg models export runs/{name} Resources/Models/{name}
quantseg models calibrate Resources/Models/{name} --data LABEL_MAPS
```

## How good it is

`eval_metrics` in `configs/metadata.json` (Dice on synthetic samples of the training maps, in voxels of 3 mm) only shows
that training converged.

## Limits

- The heads of the label maps are those of adults. Lesions, tumours, resections and implants are not simulated.
- The brain stem counts as white matter; thalamus, basal ganglia, hippocampus and amygdala count as grey matter.

## Use by MONAI alone

```sh
python -m monai.bundle run --config_file configs/inference.json --bundle_root . --image HEAD.nii.gz --output_dir results
```
"""
