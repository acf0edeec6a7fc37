"""The bundle of the dementia model: numbers, weights, licence and card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from quantseg.models.configuration import REGRESSION
from quantseg.training.bundle_start import write_configurations, write_missing
from quantseg.training.oasis import ACKNOWLEDGEMENT, CITATION
from quantseg.training.volume_bundle import write_volume_bundle
from quantseg.training.weights_file import member_file

_RESEARCH_ONLY = "For research use only. Not for clinical diagnosis."
_OASIS = "OASIS-1 cross-sectional (https://www.oasis-brains.org), people of 60 years and over, one scanner"
_OASIS_LICENCE = f"""Weights of the QuantSeg model of dementia
========================================

Licensed under the Apache License, Version 2.0 (SPDX: Apache-2.0).
Full text: https://www.apache.org/licenses/LICENSE-2.0, and LICENSE.txt of QuantSeg.

The weights are those of a regression that was fitted to measures of brains of OASIS-1, which is open access under its
own data use agreement. They hold no image and no row of any person. Whoever uses them acknowledges OASIS:

  {ACKNOWLEDGEMENT}

and cites:

  {CITATION}
"""
_OWN_LICENCE = "Whoever holds the rights to the data that this model was fitted to decides who may use it.\n"


def write_bundle(
    folder: Path,
    inference: Mapping[str, Any],
    recipe: Mapping[str, Any],
    tensors: Mapping[str, np.ndarray],
    scores: Mapping[str, Any],
    is_oasis: bool,
) -> None:
    """Write a bundle; a licence and a card that are there already are left as they are.

    Args:
        folder: of the bundle.
        inference: numbers of the regression.
        recipe: how they were found.
        tensors: of the only member.
        scores: what is told of unseen people.
        is_oasis: whether the people are those of OASIS-1.
    """
    from safetensors.numpy import save_file

    (folder / "models").mkdir(parents=True, exist_ok=True)
    save_file(dict(tensors), folder / "models" / member_file(0))
    told = inference[REGRESSION]
    data = _OASIS if is_oasis else told["population"]
    write_configurations(folder, inference, _metadata(data, scores, is_oasis), recipe)
    card = _card(told, data, scores, is_oasis)
    write_missing(folder, {"LICENSE": _OASIS_LICENCE if is_oasis else _OWN_LICENCE, "docs/README.md": card})


def write_network_bundle(
    folder: Path,
    networks: Sequence[Path],
    network_def: Mapping[str, Any],
    told: Mapping[str, Any],
    recipe: Mapping[str, Any],
    scores: Mapping[str, Any],
    is_oasis: bool,
) -> None:
    """Write the bundle of the networks; a licence and a card that are there already are left as they are.

    Args:
        folder: of the bundle.
        networks: folder of each finished network.
        network_def: what they are built from.
        told: numbers of the regression that takes them as a feature.
        recipe: how they were trained.
        scores: what is told of unseen people.
        is_oasis: whether the people are those of OASIS-1.
    """
    data = _OASIS if is_oasis else told["population"]
    metadata = _metadata(data, scores, is_oasis) | {
        "name": "Networks on images of a brain",
        "description": "3D ResNeXt networks whose log odds are a feature of the bundle dementia.",
    }
    card = (
        f"# Model card: networks of dementia\n\n**{_RESEARCH_ONLY}** The model *dementia* beside it tells the rest.\n"
    )
    licence = _OASIS_LICENCE if is_oasis else _OWN_LICENCE
    write_volume_bundle(folder, networks, network_def, recipe, metadata, {"LICENSE": licence, "docs/README.md": card})


def _metadata(data: str, scores: Mapping[str, Any], is_oasis: bool) -> dict[str, Any]:
    return {
        "version": "0.1.0",
        "changelog": {"0.1.0": "first weights"},
        "name": "Dementia from measures of a brain",
        "task": "Probability of dementia among people like those fitted to",
        "description": "Logistic regression on age and measures of a brain in MNI space, with refits for an interval.",
        "authors": "The QuantSeg developers" if is_oasis else "see the card",
        "copyright": f"Weights derived from {data}",
        "licence": "Apache-2.0" if is_oasis else "LicenseRef-own",
        "data_source": data,
        "eval_metrics": dict(scores),
        "intended_use": _RESEARCH_ONLY,
        "references": [CITATION] if is_oasis else [],
    }


def _card(told: Mapping[str, Any], data: str, scores: Mapping[str, Any], is_oasis: bool) -> str:
    thanks = f"\n## Acknowledgement\n\n{ACKNOWLEDGEMENT}\n\n{CITATION}\n" if is_oasis else ""
    tables = "\n\n".join(f"### {_HEADINGS[kind]}\n\n{_table(values)}" for kind, values in scores.items())
    return f"""# Model card: dementia

**{_RESEARCH_ONLY}** A score is not a diagnosis.

| | |
|---|---|
| Task | probability of {told["condition"]} among people like those fitted to |
| Input | age, and measures of a brain in MNI space: {", ".join(name.replace("_", " ") for name in told["features"])} |
| Output | score from 0 to 1 with a 95 % interval (refits on people drawn with replacement) |
| Fitted to | {told["people"]} people, {100 * told["prevalence"]:.0f} % with the condition, {data} |

## How good it is

Nested cross-validation by person: features, penalty, threshold and voxel components are chosen within the folds.
Intervals are those of a bootstrap over persons.

{tables}

## Limits

- As good as this on people like those fitted to; nothing is known of others.
- The training prevalence is not that of any clinic: among other people the same image means less or more.
{thanks}"""


_HEADINGS = {"any": "With the condition against without", "severe": "More than slight (CDR 1 or more) against without"}


def _table(scores: Mapping[str, Any]) -> str:
    rows = ["| | |", "|---|---|"]
    for name, value in scores.items():
        if isinstance(value, list) and len(value) == 3 and not isinstance(value[0], dict):
            text = f"{value[0]:.3f} ({value[1]:.3f} to {value[2]:.3f})"
        elif isinstance(value, list):
            text = "; ".join(f"{one['mean_score']:.2f}: {one['share_positive']:.2f}" for one in value)
        elif isinstance(value, dict):
            text = "; ".join(f"{key}: {count}" for key, count in value.items())
        else:
            text = str(value)
        rows.append(f"| {name.replace('_', ' ')} | {text} |")
    return "\n".join(rows)
