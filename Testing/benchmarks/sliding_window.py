"""MONAI's plain way from file to file: its transforms, sliding-window inference, the members' mean, its inverse.

Runs the networks of the shipped hippocampus bundle as a MONAI user would write it down: float32, windows that
overlap by half with Gaussian weights, ``Invertd`` and ``SaveImaged``.

    python sliding_window.py INPUT_FOLDER OUTPUT_FOLDER
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from monai.data import DataLoader, Dataset, decollate_batch
from monai.inferers import SlidingWindowInferer
from monai.transforms import (
    AsDiscreted,
    Compose,
    EnsureChannelFirstd,
    Invertd,
    LoadImaged,
    Orientationd,
    SaveImaged,
    Spacingd,
)

from quantseg.models.building import build
from quantseg.models.bundle import find_bundle, load_network


def main() -> None:
    """Predict every image of a folder."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("inputs", type=Path, help="folder of images")
    parser.add_argument("output", type=Path, help="folder for labels")
    options = parser.parse_args()
    inputs, output = options.inputs, options.output
    bundle = find_bundle("hippocampus")
    networks = [load_network(bundle, member, torch.device("cpu")) for member in bundle.members]
    inference = bundle.inference
    before = Compose(
        [
            LoadImaged(keys="image"),
            EnsureChannelFirstd(keys="image"),
            Orientationd(keys="image", axcodes=inference["axcodes"]),
            Spacingd(keys="image", pixdim=inference["spacing_mm"], mode="bilinear"),
            build(inference["intensity"]),
        ]
    )
    after = Compose(
        [
            Invertd(keys="pred", transform=before, orig_keys="image", nearest_interp=False, to_tensor=True),
            AsDiscreted(keys="pred", argmax=True),
            SaveImaged(
                keys="pred",
                output_dir=str(output),
                output_postfix="",
                output_dtype="uint8",
                separate_folder=False,
                resample=False,
                print_log=False,
            ),
        ]
    )
    infer = SlidingWindowInferer(roi_size=inference["minimum_patch"], overlap=0.5, mode="gaussian")
    cases = [{"image": str(path)} for path in sorted(inputs.glob("*.nii.gz"))]
    for batch in DataLoader(Dataset(cases, before), batch_size=1):
        with torch.inference_mode():
            members = [torch.softmax(infer(batch["image"], network), dim=1) for network in networks]
        batch["pred"] = torch.stack(members).mean(0)
        for case in decollate_batch(batch):
            after(case)


if __name__ == "__main__":
    main()
