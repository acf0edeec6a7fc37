"""The bundle of the age model: numbers, weights, licence and card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from quantseg.brain.feature_regression import WEIGHTS
from quantseg.training.bundle_start import write_configurations, write_missing
from quantseg.training.oasis import ACKNOWLEDGEMENT, CITATION
from quantseg.training.volume_bundle import write_volume_bundle
from quantseg.training.weights_file import member_file

_RESEARCH_ONLY = "For research use only. Not for clinical diagnosis."
_DATA = "OASIS-1 cross-sectional (https://www.oasis-brains.org), people without dementia, one scanner"
_NETWORKS = "small 3D ResNeXt networks of age on smoothed shares of grey and white matter in MNI space"
_MODEL = (
    "mean of a ridge regression of age on smoothed shares of fluid, grey and white matter in MNI space and of "
    f"{_NETWORKS} (bundle brain-age-network)"
)
_LICENCE = f"""Weights of the QuantSeg model of brain age
=========================================

Licensed under the Apache License, Version 2.0 (SPDX: Apache-2.0).
Full text: https://www.apache.org/licenses/LICENSE-2.0, and LICENSE.txt of QuantSeg.

The weights are those of a regression and of networks that were fitted to brains of OASIS-1, which is open access under
its own data use agreement. They hold no image and no row of any person. Whoever uses them acknowledges OASIS:

  {ACKNOWLEDGEMENT}

and cites:

  {CITATION}
"""


_NETWORK_CARD = f"""# Model card: networks of brain age

**{_RESEARCH_ONLY}**

{_NETWORKS[0].upper()}{_NETWORKS[1:]}, each trained on four fifths of the people of the model
[brain-age](../../brain-age/docs/README.md), which takes them together with a regression; its card says how good they
are, how they were trained and what they cannot do.

## Acknowledgement

{ACKNOWLEDGEMENT}

{CITATION}
"""


def write_bundle(
    folder: Path,
    inference: Mapping[str, Any],
    recipe: Mapping[str, Any],
    weights: np.ndarray,
    scores: Mapping[str, float],
) -> None:
    """Write a bundle; a licence and a card that are there already are left as they are.

    Args:
        folder: of the bundle.
        inference: numbers of the regression.
        recipe: how they were found.
        weights: float16, shape (features,).
        scores: what is told of unseen people.
    """
    from safetensors.numpy import save_file

    (folder / "models").mkdir(parents=True, exist_ok=True)
    save_file({WEIGHTS: weights}, folder / "models" / member_file(0))
    write_configurations(folder, inference, _metadata(scores), recipe)
    write_missing(folder, {"LICENSE": _LICENCE, "docs/README.md": _card(scores)})


def write_network_bundle(
    folder: Path, networks: Sequence[Path], recipe: Mapping[str, Any], scores: Mapping[str, float]
) -> None:
    """Write the bundle of the networks; a licence and a card that are there already are left as they are.

    Args:
        folder: of the bundle.
        networks: folder of each finished network.
        recipe: how they were trained.
        scores: what is told of unseen people.
    """
    metadata = _metadata(scores) | {"name": "Networks of brain age", "description": _NETWORKS + "."}
    texts = {"LICENSE": _LICENCE, "docs/README.md": _NETWORK_CARD}
    write_volume_bundle(folder, networks, recipe["networks"]["network_def"], recipe, metadata, texts)


def _metadata(scores: Mapping[str, float]) -> dict[str, Any]:
    return {
        "version": "0.1.0",
        "changelog": {"0.1.0": "first weights"},
        "name": "Brain age from the tissues of a T1-weighted brain",
        "task": "Estimation of the age of a brain",
        "description": _MODEL + ".",
        "authors": "The QuantSeg developers",
        "copyright": f"The QuantSeg developers; weights derived from {_DATA}",
        "licence": "Apache-2.0",
        "data_source": _DATA,
        "eval_metrics": dict(scores),
        "intended_use": _RESEARCH_ONLY,
        "references": [CITATION],
    }


def _card(scores: Mapping[str, float]) -> str:
    rows = "\n".join(f"| {name.replace('_', ' ')} | {value:g} |" for name, value in scores.items())
    return f"""# Model card: brain age

**{_RESEARCH_ONLY}**

| | |
|---|---|
| Task | how old a brain looks |
| Input | T1-weighted MRI, a brain without its skull or a head |
| Output | age in years with a 95 % interval |
| Model | {_MODEL}, float16 safetensors |
| Fitted to | {_DATA} |
| Licence of the weights | Apache-2.0, with the acknowledgement of OASIS in `LICENSE` |

## How good it is

Ten-fold cross-validation by person; interval and bias are judged on other people than they were fitted to:

| | |
|---|---|
{rows}

## Limits

- One scanner, one sequence: another scanner may shift all estimates by years.
- A gap within the interval means nothing.

## Acknowledgement

{ACKNOWLEDGEMENT}

{CITATION}
"""
