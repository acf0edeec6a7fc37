"""The configurations, licence and card that a new bundle for low-dose PET starts with, its own from then on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from quantseg.models.bundle import INFERENCE, METADATA
from quantseg.tasks.low_dose_pet.network_input import CHANNELS, NEIGHBOURS, SMOOTH_VOXELS
from quantseg.tasks.low_dose_pet.training import starting_point
from quantseg.training.bundle_start import as_json, write_missing

_RESEARCH_ONLY = "For research use only. Not for clinical diagnosis."
_TITLE = "Low-dose PET: brain PET with all counts, estimated from one with few"
_DATA = (
    "Simulated scans of FDG in the label maps of SynthSeg (github.com/BBillot/SynthSeg, Apache-2.0); no real PET scan "
    "of anybody"
)
_LICENCE = """Weights of the QuantSeg model for low-dose PET
==============================================

Licensed under the Apache License, Version 2.0 (SPDX: Apache-2.0).
Full text: https://www.apache.org/licenses/LICENSE-2.0, and LICENSE.txt of QuantSeg.

The network was trained on scans that QuantSeg simulates from the twenty training label maps of SynthSeg
(https://github.com/BBillot/SynthSeg, Apache-2.0).

The configuration files and the model card belong to QuantSeg's code and are licensed under Apache-2.0 as well.
"""


def start_bundle(folder: Path) -> None:
    """Write what a bundle needs beside its weights, unless it is there already.

    Args:
        folder: of the bundle.
    """
    # What surrounds the network (several slices, noise, dose, a residual) MONAI's own runner cannot do.
    files = {
        INFERENCE: as_json(starting_point.INFERENCE),
        METADATA: as_json(_metadata()),
        "LICENSE": _LICENCE,
        "docs/README.md": _card(folder.name),
    }
    write_missing(folder, files)


def _metadata() -> dict[str, Any]:
    multiple = starting_point.INFERENCE["patch_multiple"]
    image: dict[str, Any] = {"type": "image", "modality": "PT", "spatial_shape": [f"{multiple}*n"] * 2}
    image |= {"dtype": "float32", "value_range": [], "is_patch_data": False}
    shown = {str(number): f"slice {number - NEIGHBOURS:+d}" for number in range(2 * NEIGHBOURS + 1)}
    shown |= {str(len(shown)): "logarithm of the noise", str(len(shown) + 1): "logarithm of the dose fraction"}
    shown |= {str(len(shown) + n): f"change by a Gaussian of {sd:g} voxels" for n, sd in enumerate(SMOOTH_VOXELS)}
    answers = {"0": "what to add, in units of the noise", "1": "logarithm of its variance, in such units"}
    return {
        "version": "0.1.0",
        "changelog": {"0.1.0": "first weights"},
        "monai_version": "",
        "pytorch_version": "",
        "numpy_version": "",
        "required_packages_version": {"nibabel": "", "safetensors": ""},
        "name": _TITLE,
        "task": "Estimation of a brain PET with all counts, and of its uncertainty, from one with few",
        "description": "A 2D U-Net (MONAI UNet) that is shown nine slices of 2 mm and estimates what to add to the "
        "middle one and the variance of that, trained on simulated scans alone.",
        "authors": "The QuantSeg developers",
        "copyright": "The QuantSeg developers",
        "licence": "Apache-2.0",
        "data_source": _DATA,
        "data_type": "nifti",
        "image_classes": "nine slices divided by the brain's mean, noise, dose fraction, changes by three Gaussians",
        "label_classes": "the scan with all counts, an independent draw of its noise",
        "pred_classes": "two channels: residual and logarithm of its variance, in units of the noise",
        "eval_metrics": {},
        "intended_use": _RESEARCH_ONLY,
        "references": [],
        "network_data_format": {
            "inputs": {"image": image | {"format": "PET", "num_channels": CHANNELS, "channel_def": shown}},
            "outputs": {
                "pred": image | {"format": "residual", "num_channels": len(answers), "channel_def": answers},
            },
        },
    }


def _card(name: str) -> str:
    """Return the bundle's ``docs/README.md``; ``name`` is the bundle's folder."""
    return f"""# Model card: low-dose PET

**{_RESEARCH_ONLY}**

| | |
|---|---|
| Task | what a brain PET with all counts would show, and how sure that is, from one with few counts |
| Input | FDG-PET of a brain, slices resampled to 2 mm |
| Output | what to add to the scan, in units of its noise, and the logarithm of the variance |
| Network | one 2D U-Net (MONAI UNet) that is shown nine slices, float16 safetensors |
| Training data | {_DATA} |
| Licence of the weights | Apache-2.0, see `LICENSE` |

## What it was trained on

Simulated scans. `configs/train.json` holds every number that is varied.

```sh
python -m quantseg.tasks.low_dose_pet.training.simulate --maps synthseg_label_maps -o PAIRS
quantseg train low-dose-pet --data PAIRS -o runs/{name} --threads 1
quantseg models export runs/{name} Resources/Models/{name}
```

## How good it is

Not judged yet.

## Limits

- It was judged on no real scan.
"""
