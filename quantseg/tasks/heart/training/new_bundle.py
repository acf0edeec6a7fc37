"""The configurations, licence and card that a new bundle of the heart starts with; from then on they are its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quantseg.models.bundle import INFERENCE, METADATA
from quantseg.tasks.heart.anatomy import PAPILLARY_RULE
from quantseg.tasks.heart.stack_input import sees_end_diastole
from quantseg.tasks.heart.training.recipe import INFERENCE as BOTH_VENTRICLES
from quantseg.tasks.heart.training.recipe import LV_OPEN_INFERENCE as LEFT_VENTRICLE
from quantseg.tasks.heart.training.recipe import LV_OPEN_RECIPE, RECIPE

# A channel of zeros after the three of the image.
_NO_END_DIASTOLE = (
    {"_target_": "CopyItemsd", "keys": "image", "names": "nothing"},
    {"_target_": "ScaleIntensityd", "keys": "nothing", "minv": 0.0, "maxv": 0.0},
    {"_target_": "SplitDimd", "keys": "nothing", "output_postfixes": ["0", "1", "2"]},
    {"_target_": "ConcatItemsd", "keys": ["image", "nothing_0"], "name": "image"},
)
_RESEARCH_ONLY = "For research use only. Not for clinical diagnosis."


@dataclass(frozen=True)
class _Words:
    """What tells one model of the heart from the other.

    Attributes:
        title: of card and metadata.
        licence: SPDX identifier.
        licence_name: in words.
        licence_url: its text.
        terms: what it allows, in one or two sentences.
        data: what the model was trained on.
        citation: whom users must cite.
        alternative: what those may use who cannot agree; None where there is nothing to agree to.
        structures: by network class, background first.
        data_argument: folder and option of ``quantseg train heart``.
        inference: the plain part of ``inference.json``.
        folds: of the cross-validation, whose members make the ensemble.
    """

    title: str
    licence: str
    licence_name: str
    licence_url: str
    terms: str
    data: str
    citation: str
    alternative: str | None
    structures: tuple[str, ...]
    data_argument: str
    inference: Mapping[str, Any]
    folds: int


WORDS = {
    "acdc": _Words(
        "Both ventricles on short-axis cine MRI",
        "CC-BY-NC-SA-4.0",
        "Creative Commons Attribution-NonCommercial-ShareAlike 4.0 International",
        "https://creativecommons.org/licenses/by-nc-sa/4.0/legalcode",
        "You may share and adapt the weights for non-commercial purposes, provided that you give credit as below, say "
        "what you changed, and distribute what you derive from them under the same licence.",
        "ACDC (Automated Cardiac Diagnosis Challenge), University Hospital of Dijon, "
        "https://www.creatis.insa-lyon.fr/Challenge/acdc, CC BY-NC-SA 4.0",
        "Bernard O., Lalande A., Zotti C., et al. Deep Learning Techniques for Automatic MRI Cardiac Multi-Structures "
        "Segmentation and Diagnosis: Is the Problem Solved? IEEE Transactions on Medical Imaging 37, 2514-2525 (2018). "
        "https://doi.org/10.1109/TMI.2018.2837502",
        "--model heart-lv-open, which outlines the left ventricle alone",
        ("background", "RV cavity", "LV myocardium", "LV cavity"),
        "ACDC",
        BOTH_VENTRICLES,
        RECIPE["folds"],
    ),
    "lv-open": _Words(
        "Left ventricle on short-axis cine MRI, without licence conditions",
        "CC0-1.0",
        "Creative Commons Zero 1.0 Universal",
        "https://creativecommons.org/publicdomain/zero/1.0/legalcode",
        "The weights are in the public domain: you may do with them what you like.",
        "Sunnybrook Cardiac Data, 45 patients, https://www.cardiacatlas.org/sunnybrook-cardiac-data, CC0 1.0",
        "Radau P., Lu Y., Connelly K., Paul G., Dick A. J., Wright G. A. Evaluation Framework for Algorithms "
        "Segmenting Short Axis Cardiac MRI. The MIDAS Journal (2009).",
        None,
        ("background", "LV myocardium", "LV cavity"),
        "Sunnybrook_LV --model lv-open",
        LEFT_VENTRICLE,
        LV_OPEN_RECIPE["folds"],
    ),
}
"""By approach of training."""


def start_bundle(folder: Path, approach: str) -> None:
    """Write what a bundle needs beside its weights, unless it is there already.

    Args:
        folder: of the bundle.
        approach: key of ``WORDS``.
    """
    words = WORDS[approach]
    files = {
        INFERENCE: _json(_inference(words)),
        METADATA: _json(_metadata(words)),
        "LICENSE": _licence(words),
        "docs/README.md": _card(words, folder.name),
    }
    for name, text in files.items():
        path = folder / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def _channels(words: _Words) -> dict[str, str]:
    seen = {"0": "the slice", "1": "the darker of both neighbours", "2": "the brighter of both neighbours"}
    if sees_end_diastole(words.inference):
        seen["3"] = "the slice at end-diastole, normalised on its own; zeros where that is not known"
    return seen


def _json(values: Mapping[str, Any]) -> str:
    return json.dumps(values, indent=4, ensure_ascii=False) + "\n"


def _inference(words: _Words) -> dict[str, Any]:
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
                *(_NO_END_DIASTOLE if sees_end_diastole(words.inference) else ()),
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
    return place | dict(words.inference) | runner


def _metadata(words: _Words) -> dict[str, Any]:
    patch = words.inference["minimum_patch"]
    image = {"type": "image", "modality": "MR", "spatial_shape": patch, "dtype": "float32", "value_range": []}
    channels = _channels(words)
    alternative = {} if words.alternative is None else {"commercial_alternative": words.alternative}
    return {
        "version": "0.1.0",
        "changelog": {"0.1.0": "first members"},
        "monai_version": "",
        "pytorch_version": "",
        "numpy_version": "",
        "required_packages_version": {"nibabel": "", "pytorch-ignite": "", "safetensors": ""},
        "name": words.title,
        "task": "Segmentation of the heart on short-axis cine MRI",
        "description": f"2D U-Nets (MONAI DynUNet), one a fold of {words.folds} in cross-validation by patient, that "
        "see each slice with its neighbours, first at 3 mm to find the heart and its direction, then at 1.5 mm, "
        "turned, to outline it.",
        "authors": "The QuantSeg developers",
        "copyright": f"The QuantSeg developers; weights derived from {words.data}",
        "licence": words.licence,
        **alternative,
        "data_source": words.data,
        "data_type": "nifti",
        "image_classes": "of a short-axis cine: " + ", ".join(channels.values()),
        "label_classes": ", ".join(
            f"{value} {name}" for value, name in zip(words.inference["label_values"], words.structures, strict=True)
        ),
        "pred_classes": f"{len(words.structures)} channels, scores of {', '.join(words.structures)}",
        "eval_metrics": {},
        "intended_use": _RESEARCH_ONLY,
        "references": [words.citation],
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
                    "num_channels": len(words.structures),
                    "is_patch_data": False,
                    "channel_def": {str(number): name for number, name in enumerate(words.structures)},
                }
            },
        },
    }


def _licence(words: _Words) -> str:
    heading = f"Weights of the QuantSeg model: {words.title}"
    return f"""{heading}
{"=" * len(heading)}

Licensed under {words.licence_name} (SPDX: {words.licence}).
Full text: {words.licence_url}

{words.terms}
They come without warranties.

Credit
------
"{words.title}", the QuantSeg developers.

The weights were derived from {words.data}.
Changes: networks were trained on the images and labels; the data themselves are not contained in this folder.

Please cite:

  {words.citation}

The configuration files beside the weights (configs/*.json) and the model card (docs/README.md) belong to QuantSeg's
code and are licensed under Apache-2.0.
"""


def _card(words: _Words, name: str) -> str:
    filters = words.inference["network_def"]["filters"]
    networks = f"residual 2D U-Nets (MONAI DynUNet, {filters[0]} to {filters[-1]} filters), one a fold of {words.folds}"
    agree = "" if words.alternative is None else f" --accept-licence {words.licence}"
    model = "" if name == "heart" else f" --model {name}"
    values = ", ".join(
        f"{value} {structure}"
        for value, structure in zip(words.inference["label_values"], words.structures, strict=True)
    )
    return f"""# Model card: {words.title}

**{_RESEARCH_ONLY}**

| | |
|---|---|
| Task | segmentation of the heart on short-axis cine MRI, frame by frame |
| Input | channels at 1.5 mm in plane: {"; ".join(_channels(words).values())} |
| Output | scores of {", ".join(words.structures)} |
| Label values | {values}; {PAPILLARY_RULE} |
| Networks | {networks}, float16 safetensors |
| Training data | {words.data} |
| Licence of the weights | {words.licence}, see `LICENSE` |

## Use

```sh
quantseg segment heart CINE.nii.gz -o results{model}{agree}
```

One member by MONAI alone, on one slice in a NIfTI file of shape I×J×3 (`pip install monai pytorch-ignite fire
safetensors nibabel`), with the right ventricle towards low i, if there is one, as the network knows it; the two passes
over a whole stack are QuantSeg's, and so is the translation of classes to label values:

```sh
python -m monai.bundle run --config_file configs/inference.json --bundle_root . \\
    --image SLICE.nii.gz --output_dir results --member member_0
```

## What it was trained on

The split by patient and the scores of each member on the fold that it never saw stand in `configs/metadata.json`
(`training_split`, `members`, `eval_metrics`), written there by `quantseg models export`. No checkpoint was chosen by
its score: the average of the weights at the end of the schedule is what is shipped.

```sh
quantseg train heart --data {words.data_argument} -o runs/{name}
quantseg models export runs/{name} Resources/Models/{name}
```

## Limits

- Short-axis stacks of adults. Congenital hearts, long-axis views and other sequences than balanced steady-state free
  precession are untested.
- Apical and basal slices are the least certain part of the result.
- Volumes follow the papillary rule above: compare them only with norms of the same rule.

## Credit

{words.citation}
"""
