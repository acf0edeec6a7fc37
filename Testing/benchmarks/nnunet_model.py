"""Make an nnU-Net v2 model folder for a task's images, planned by nnU-Net itself, with random weights.

Runs under the Python that has ``nnunetv2``; ``compare_nnunet.py`` calls it. Timing needs no training: the plans
(patch, network, spacing, normalisation) decide what a prediction costs.

    python nnunet_model.py ORGAN DATA_FOLDER WORK_FOLDER MEMBERS

Prints the model folder, to be given to ``nnUNetv2_predict_from_modelfolder -m``.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

_TRAINER = "nnUNetTrainer"


@dataclass(frozen=True)
class Dataset:
    """What nnU-Net is told of a task.

    Attributes:
        number: of the data set, as nnU-Net counts.
        name: that its folder bears after the number.
        labels: by name.
        configuration: nnU-Net's default one for such data.
        pairs: from the data folder to the image and label file of each case.
    """

    number: int
    name: str
    labels: Mapping[str, int]
    configuration: str
    pairs: Callable[[Path], list[tuple[Path, Path]]]

    @property
    def folder(self) -> str:
        """Name of the data set's folder."""
        return f"Dataset{self.number:03d}_{self.name}"

    @property
    def mirroring_axes(self) -> tuple[int, ...]:
        """Axes along which nnU-Net mirrors by default: all of a patch."""
        return (0, 1) if self.configuration == "2d" else (0, 1, 2)


def decathlon_pairs(data: Path) -> list[tuple[Path, Path]]:
    """List a folder in Decathlon layout."""
    index = json.loads((data / "dataset.json").read_text(encoding="utf-8"))
    return [(data / entry["image"], data / entry["label"]) for entry in index["training"]]


def acdc_pairs(data: Path) -> list[tuple[Path, Path]]:
    """List both frames of every patient in ACDC's layout."""
    labels = sorted(data.glob("patient*/*_gt.nii.gz"))
    return [(path.with_name(path.name.replace("_gt.nii.gz", ".nii.gz")), path) for path in labels]


DATASETS = {
    "hippocampus": Dataset(
        4, "Hippocampus", {"background": 0, "anterior": 1, "posterior": 2}, "3d_fullres", decathlon_pairs
    ),
    "heart": Dataset(27, "Heart", {"background": 0, "right": 1, "muscle": 2, "left": 3}, "2d", acdc_pairs),
}
"""by task."""


def main() -> None:
    """Plan and write the model folder."""
    dataset, data, work, members = DATASETS[sys.argv[1]], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
    for variable in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results"):
        os.environ[variable] = str(work / variable)
        (work / variable).mkdir(parents=True, exist_ok=True)
    link_data(dataset, data, work / "nnUNet_raw" / dataset.folder)
    # nnU-Net reads these variables when it is imported.
    from nnunetv2.experiment_planning.plan_and_preprocess_api import extract_fingerprints, plan_experiments

    extract_fingerprints([dataset.number], num_processes=os.cpu_count() or 1, verbose=False)
    plans_name = plan_experiments([dataset.number])
    print(write_model(dataset, work / "nnUNet_preprocessed" / dataset.folder, work / "model", plans_name, members))


def link_data(dataset: Dataset, data: Path, raw: Path) -> None:
    """Lay images and labels out as nnU-Net expects them."""
    for folder in ("imagesTr", "labelsTr"):
        (raw / folder).mkdir(parents=True, exist_ok=True)
    pairs = dataset.pairs(data)
    for image, label in pairs:
        name = image.name.removesuffix(".nii.gz")
        for source, target in ((image, f"imagesTr/{name}_0000.nii.gz"), (label, f"labelsTr/{name}.nii.gz")):
            if not (raw / target).exists():
                (raw / target).symlink_to(source.resolve())
    described = {
        "channel_names": {"0": "MRI"},
        "labels": dataset.labels,
        "numTraining": len(pairs),
        "file_ending": ".nii.gz",
    }
    (raw / "dataset.json").write_text(json.dumps(described), encoding="utf-8")


def write_model(dataset: Dataset, preprocessed: Path, model: Path, plans_name: str, members: int) -> Path:
    """Write plans, data set description and one checkpoint of random weights a member."""
    import torch
    from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer
    from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

    model.mkdir(parents=True, exist_ok=True)
    shutil.copy(preprocessed / f"{plans_name}.json", model / "plans.json")
    shutil.copy(preprocessed / "dataset.json", model / "dataset.json")
    plans = PlansManager(str(model / "plans.json"))
    configuration = plans.get_configuration(dataset.configuration)
    for member in range(members):
        torch.manual_seed(member)
        network = nnUNetTrainer.build_network_architecture(
            plans, configuration, 1, len(dataset.labels), enable_deep_supervision=False
        )
        (model / f"fold_{member}").mkdir(exist_ok=True)
        checkpoint = {
            "network_weights": network.state_dict(),
            "trainer_name": _TRAINER,
            "init_args": {"configuration": dataset.configuration},
            "inference_allowed_mirroring_axes": dataset.mirroring_axes,
        }
        torch.save(checkpoint, model / f"fold_{member}" / "checkpoint_final.pth")
    return model


if __name__ == "__main__":
    main()
