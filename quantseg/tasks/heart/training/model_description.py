"""Licence, data and citation of each model of the heart, and the model card and licence text that follow from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from quantseg.tasks.heart.anatomy import PAPILLARY_RULE
from quantseg.tasks.heart.stack_input import sees_end_diastole
from quantseg.tasks.heart.training.recipe import INFERENCE as BOTH_VENTRICLES
from quantseg.tasks.heart.training.recipe import LV_OPEN_INFERENCE as LEFT_VENTRICLE
from quantseg.tasks.heart.training.recipe import LV_OPEN_RECIPE, RECIPE, TWO_SOURCES_INFERENCE, TWO_SOURCES_RECIPE

RESEARCH_ONLY = "For research use only. Not for clinical diagnosis."


@dataclass(frozen=True)
class ModelDescription:
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


_SUNNYBROOK = "Sunnybrook Cardiac Data, 45 patients, https://www.cardiacatlas.org/sunnybrook-cardiac-data, CC0 1.0"
_SUNNYBROOK_CITATION = (
    "Radau P., Lu Y., Connelly K., Paul G., Dick A. J., Wright G. A. Evaluation Framework for Algorithms "
    "Segmenting Short Axis Cardiac MRI. The MIDAS Journal (2009)."
)
_BOTH_VENTRICLES = ModelDescription(
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
)
MODELS = {
    "acdc": _BOTH_VENTRICLES,
    "two-sources": replace(
        _BOTH_VENTRICLES,
        data=f"{_BOTH_VENTRICLES.data}; {_SUNNYBROOK}",
        citation=f"{_BOTH_VENTRICLES.citation} {_SUNNYBROOK_CITATION}",
        data_argument="DATA --model two-sources",
        inference=TWO_SOURCES_INFERENCE,
        folds=TWO_SOURCES_RECIPE["folds"],
    ),
    "lv-open": ModelDescription(
        "Left ventricle on short-axis cine MRI, without licence conditions",
        "CC0-1.0",
        "Creative Commons Zero 1.0 Universal",
        "https://creativecommons.org/publicdomain/zero/1.0/legalcode",
        "The weights are in the public domain: you may do with them what you like.",
        _SUNNYBROOK,
        _SUNNYBROOK_CITATION,
        None,
        ("background", "LV myocardium", "LV cavity"),
        "Sunnybrook_LV --model lv-open",
        LEFT_VENTRICLE,
        LV_OPEN_RECIPE["folds"],
    ),
}
"""By approach of training."""


def channel_names(model: ModelDescription) -> dict[str, str]:
    """Return what each input channel of the network shows, by its number from "0"."""
    seen = {"0": "the slice", "1": "the darker of both neighbours", "2": "the brighter of both neighbours"}
    if sees_end_diastole(model.inference):
        seen["3"] = "the slice at end-diastole, normalised on its own; zeros where that is not known"
    return seen


def licence_text(model: ModelDescription) -> str:
    """Return the text of the bundle's ``LICENSE``: terms of the weights, credit and citation."""
    heading = f"Weights of the QuantSeg model: {model.title}"
    return f"""{heading}
{"=" * len(heading)}

Licensed under {model.licence_name} (SPDX: {model.licence}).
Full text: {model.licence_url}

{model.terms}
They come without warranties.

Credit
------
"{model.title}", the QuantSeg developers.

The weights were derived from {model.data}.
Changes: networks were trained on the images and labels; the data themselves are not contained in this folder.

Please cite:

  {model.citation}

The configuration files beside the weights (configs/*.json) and the model card (docs/README.md) belong to QuantSeg's
code and are licensed under Apache-2.0.
"""


def model_card(model: ModelDescription, name: str) -> str:
    """Return the bundle's ``docs/README.md``; ``name`` is the bundle's folder and its name for ``--model``."""
    filters = model.inference["network_def"]["filters"]
    networks = f"residual 2D U-Nets (MONAI DynUNet, {filters[0]} to {filters[-1]} filters), one a fold of {model.folds}"
    agree = "" if model.alternative is None else f" --accept-licence {model.licence}"
    option = "" if name == "heart" else f" --model {name}"
    values = ", ".join(
        f"{value} {structure}"
        for value, structure in zip(model.inference["label_values"], model.structures, strict=True)
    )
    return f"""# Model card: {model.title}

**{RESEARCH_ONLY}**

| | |
|---|---|
| Task | segmentation of the heart on short-axis cine MRI, frame by frame |
| Input | channels at 1.5 mm in plane: {"; ".join(channel_names(model).values())} |
| Output | scores of {", ".join(model.structures)} |
| Label values | {values}; {PAPILLARY_RULE} |
| Networks | {networks}, float16 safetensors |
| Training data | {model.data} |
| Licence of the weights | {model.licence}, see `LICENSE` |

## Use

```sh
quantseg segment heart CINE.nii.gz -o results{option}{agree}
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
quantseg train heart --data {model.data_argument} -o runs/{name}
quantseg models export runs/{name} Resources/Models/{name}
```

## Limits

- Short-axis stacks of adults. Congenital hearts, long-axis views and other sequences than balanced steady-state free
  precession are untested.
- Apical and basal slices are the least certain part of the result.
- Volumes follow the papillary rule above: compare them only with norms of the same rule.

## Credit

{model.citation}
"""
