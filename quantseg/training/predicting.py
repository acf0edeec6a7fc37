"""The predictions of a finished fold, made again from its saved weights."""

from __future__ import annotations

import json
from pathlib import Path

import torch

from quantseg.errors import UsageError
from quantseg.models.building import build
from quantseg.models.weights import load_weights, to_channels_last
from quantseg.training.cohort import cases_of, load_cohort
from quantseg.training.crossval import PREDICTIONS_FOLDER, WEIGHTS_FILE, write_predictions
from quantseg.training.hippocampus import crop_predictor
from quantseg.training.slices import slice_predictor
from quantseg.training.splits import Split

_PREDICTORS = {"DynUNet": crop_predictor, "FlexibleUNet": slice_predictor}


def predict_fold(run: Path, fold: int, data: Path, device: torch.device) -> Path:
    """Write the label map that a member gives each case of its validation fold.

    Args:
        run: run folder of ``quantseg train``, with ``command.json``, ``split.json`` and the fold's weights.
        fold: which member.
        data: the Decathlon folder that it was trained on.
        device: where to predict.

    Returns:
        the folder with ``<case>.nii.gz`` on each case's own grid.

    Raises:
        UsageError: the run or the fold's weights are not there, or the data lack a case of the split.
    """
    folder = run / f"fold_{fold}"
    for path in (run / "command.json", run / "split.json", folder / WEIGHTS_FILE):
        if not path.is_file():
            raise UsageError(f"{path} is missing; expected a run of quantseg train whose fold {fold} is finished.")
    inference = json.loads((run / "command.json").read_text(encoding="utf-8"))["inference"]
    split = Split(**json.loads((run / "split.json").read_text(encoding="utf-8")))
    network = build(inference["network_def"])
    load_weights(network, (folder / WEIGHTS_FILE).read_bytes(), str(folder / WEIGHTS_FILE))
    predictor = _PREDICTORS[inference["network_def"]["_target_"]]
    cohort = load_cohort(data)
    absent = sorted(set(split.folds[fold]) - set(cohort))
    if absent:
        raise UsageError(f"{data} lacks {', '.join(absent)} of fold {fold}; name the data that {run} was trained on.")
    predict = predictor(to_channels_last(network, device).eval(), inference, device)
    write_predictions(folder, cases_of(cohort, split.folds[fold]), predict)
    return folder / PREDICTIONS_FOLDER
