"""Make an nnU-Net v2 model folder for hippocampus crops, planned by nnU-Net itself, with random weights.

Runs under the Python that has ``nnunetv2``; ``compare_nnunet.py`` calls it. Timing needs no training: the plans
(patch, network, spacing, normalisation) decide what a prediction costs.

    python nnunet_model.py DECATHLON_FOLDER WORK_FOLDER MEMBERS

Prints the model folder, to be given to ``nnUNetv2_predict_from_modelfolder -m``.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

_DATASET_ID, _DATASET = 4, "Dataset004_Hippocampus"
_CONFIGURATION, _TRAINER = "3d_fullres", "nnUNetTrainer"


def main() -> None:
    """Plan and write the model folder."""
    data, work, members = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    for variable in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results"):
        os.environ[variable] = str(work / variable)
        (work / variable).mkdir(parents=True, exist_ok=True)
    link_data(data, work / "nnUNet_raw" / _DATASET)
    # nnU-Net reads these variables when it is imported.
    from nnunetv2.experiment_planning.plan_and_preprocess_api import extract_fingerprints, plan_experiments

    extract_fingerprints([_DATASET_ID], num_processes=os.cpu_count() or 1, verbose=False)
    plans_name = plan_experiments([_DATASET_ID])
    print(write_model(work / "nnUNet_preprocessed" / _DATASET, work / "model", plans_name, members))


def link_data(data: Path, raw: Path) -> None:
    """Lay a Decathlon folder out as nnU-Net expects it."""
    index = json.loads((data / "dataset.json").read_text(encoding="utf-8"))
    for folder in ("imagesTr", "labelsTr"):
        (raw / folder).mkdir(parents=True, exist_ok=True)
    for entry in index["training"]:
        name = Path(entry["image"]).name.removesuffix(".nii.gz")
        for source, target in (
            (entry["image"], f"imagesTr/{name}_0000.nii.gz"),
            (entry["label"], f"labelsTr/{name}.nii.gz"),
        ):
            if not (raw / target).exists():
                (raw / target).symlink_to((data / source).resolve())
    described = {
        "channel_names": {"0": "MRI"},
        "labels": {"background": 0, "anterior": 1, "posterior": 2},
        "numTraining": len(index["training"]),
        "file_ending": ".nii.gz",
    }
    (raw / "dataset.json").write_text(json.dumps(described), encoding="utf-8")


def write_model(preprocessed: Path, model: Path, plans_name: str, members: int) -> Path:
    """Write plans, data set description and one checkpoint of random weights a member."""
    import torch
    from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer
    from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

    model.mkdir(parents=True, exist_ok=True)
    shutil.copy(preprocessed / f"{plans_name}.json", model / "plans.json")
    shutil.copy(preprocessed / "dataset.json", model / "dataset.json")
    plans = PlansManager(str(model / "plans.json"))
    configuration = plans.get_configuration(_CONFIGURATION)
    for member in range(members):
        torch.manual_seed(member)
        network = nnUNetTrainer.build_network_architecture(plans, configuration, 1, 3, enable_deep_supervision=False)
        (model / f"fold_{member}").mkdir(exist_ok=True)
        checkpoint = {
            "network_weights": network.state_dict(),
            "trainer_name": _TRAINER,
            "init_args": {"configuration": _CONFIGURATION},
            "inference_allowed_mirroring_axes": (0, 1, 2),
        }
        torch.save(checkpoint, model / f"fold_{member}" / "checkpoint_final.pth")
    return model


if __name__ == "__main__":
    main()
