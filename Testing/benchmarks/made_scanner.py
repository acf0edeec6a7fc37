"""A second scanner that never was: hippocampus crops seen with another contrast, thicker slices and more noise.

What it does to an image is the same for every one of its images, as it is with a real scanner; only the noise differs.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np
from scipy.ndimage import gaussian_filter1d

from quantseg.training.decathlon import LabelledCase

_SLICE_AXIS = 1  # Coronal slices, as they are often taken of the hippocampus.
# Nearly the full width at half maximum of a slice profile that is as wide as the slice is thick.
_SD_A_THICKNESS = 0.42


@dataclass(frozen=True)
class MadeScanner:
    """How it sees.

    Attributes:
        seen: brightness from 0 to 1 in an image of the old scanner.
        shown: what becomes of it here, rising or not.
        slice_mm: thickness of its coronal slices, which are 1 mm apart once they are interpolated.
        noise: SD of either channel of the Rician noise, relative to the brightest tissue.
    """

    seen: Sequence[float] = (0.0, 0.3, 0.6, 1.0)
    shown: Sequence[float] = (0.55, 0.4, 0.7, 1.0)
    slice_mm: int = 2
    noise: float = 0.07

    def image(self, image: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Return what it would show of an image of the old scanner, float32, same shape (I, J, K) of 1 mm."""
        low, high = np.percentile(image, [0.5, 99.5])
        brightness = np.interp(np.clip((image - low) / (high - low), 0, 1), self.seen, self.shown)
        thick = gaussian_filter1d(brightness, _SD_A_THICKNESS * self.slice_mm, axis=_SLICE_AXIS, mode="nearest")
        slices = np.arange(0, image.shape[_SLICE_AXIS], self.slice_mm)
        taken = np.take(thick, slices, axis=_SLICE_AXIS)
        real, imaginary = random.normal(0, self.noise, (2, *taken.shape))
        measured = np.hypot(taken + real, imaginary)
        between = np.apply_along_axis(
            lambda line: np.interp(np.arange(image.shape[_SLICE_AXIS]), slices, line), _SLICE_AXIS, measured
        )
        return (1000 * between).astype(np.float32)


def write_folder(
    cases: Sequence[LabelledCase],
    folder: Path,
    scanner: MadeScanner | None = None,
    persons: dict[str, str] | None = None,
) -> Path:
    """Write cases in Decathlon layout.

    Args:
        cases: of the old scanner.
        folder: receives them.
        scanner: that shall have taken them; None leaves the images as they are.
        persons: name under which each person leaves, as an export of the platform has it; None keeps names.
    """
    entries = []
    for index, case in enumerate(cases):
        image, labels = nibabel.load(case.image), nibabel.load(case.labels)
        voxels = np.asarray(image.dataobj, dtype=np.float32)
        if scanner is not None:
            voxels = scanner.image(voxels, np.random.default_rng([2026, int(case.name[-3:])]))
        name = f"{persons[case.patient]}_c{index:02d}" if persons else case.name
        for kind, content in (("imagesTr", voxels), ("labelsTr", np.asarray(labels.dataobj).round().astype(np.uint8))):
            (folder / kind).mkdir(parents=True, exist_ok=True)
            nibabel.save(nibabel.Nifti1Image(content, image.affine), folder / kind / f"{name}.nii.gz")
        patient = persons[case.patient] if persons else case.patient
        entries.append({"image": f"./imagesTr/{name}.nii.gz", "label": f"./labelsTr/{name}.nii.gz", "patient": patient})
    (folder / "dataset.json").write_text(json.dumps({"name": folder.name, "training": entries}, indent=1))
    return folder
