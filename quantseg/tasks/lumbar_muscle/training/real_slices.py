"""Real cross-sections in Decathlon layout, varied by MONAI's transforms."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np
import torch
from monai import transforms

from quantseg.errors import UsageError
from quantseg.tasks.lumbar_muscle.channels import LABELS
from quantseg.training.decathlon import LabelledCase, list_cases, read_image, read_labels

_IMAGES, _SHARES = "images", "shares"
_CHANNELS_MOST = 2


@dataclass(frozen=True)
class RealSlice:
    """One real cross-section, as :class:`SyntheticSlice` has them.

    Attributes:
        images: raw intensities of one image, or of water and fat, float32, shape (1 or 2, I, J).
        shares: of each label, float32, shape (labels, I, J).
    """

    images: np.ndarray
    shares: np.ndarray


class RealSlices:
    """All labelled slices of a data set.

    Args:
        folder: holds ``dataset.json``; images have three axes, or a fourth with water and fat in that order; labels
            are the task's own values.
        pixel_mm: of the network.

    Raises:
        UsageError: it is no such data set, or some muscle is labelled in no slice.
    """

    def __init__(self, folder: Path, pixel_mm: float) -> None:
        cases = list_cases(folder)
        self.cases = len(cases)
        self._slices = [one for case in cases for one in _slices_of(case, pixel_mm)]
        seen = {number for one in self._slices for number in np.flatnonzero(one.shares.any(axis=(1, 2)))}
        missing = [name for number, name in enumerate(LABELS) if number not in seen]
        if missing:
            raise UsageError(
                f"{folder} labels no {', '.join(missing)}; a network would learn that they are background: expected "
                f"all of 1 to {len(LABELS) - 1}."
            )

    def __len__(self) -> int:
        return len(self._slices)

    def draw(self, seed: int, size: tuple[int, int]) -> RealSlice:
        """Return one of the slices, turned, scaled, bent and brightened at random.

        Args:
            seed: of everything random in it.
            size: pixels along each axis.
        """
        one = self._slices[seed % len(self._slices)]
        varied = _variation(size).set_random_state(seed=seed)({_IMAGES: one.images, _SHARES: one.shares})
        images, shares = (np.asarray(varied[key], np.float32) for key in (_IMAGES, _SHARES))
        # What the picture does not show is background.
        shares[0] += np.maximum(1 - shares.sum(axis=0), 0)
        return RealSlice(images, shares)


def _variation(size: tuple[int, int]) -> transforms.Compose:
    both = [_IMAGES, _SHARES]
    return transforms.Compose(
        [
            transforms.ResizeWithPadOrCropd(both, spatial_size=size),
            transforms.RandAffined(
                both,
                prob=0.9,
                rotate_range=0.2,
                scale_range=(0.15, 0.15),
                shear_range=0.06,
                translate_range=(12, 12),
                padding_mode="zeros",
            ),
            transforms.Rand2DElasticd(both, spacing=(32, 32), magnitude_range=(0, 2), prob=0.3, padding_mode="zeros"),
            transforms.RandBiasFieldd(_IMAGES, coeff_range=(0.0, 0.15), prob=0.4),
            transforms.RandGaussianSmoothd(_IMAGES, sigma_x=(0.2, 1.0), sigma_y=(0.2, 1.0), prob=0.2),
            transforms.RandStdShiftIntensityd(_IMAGES, factors=0.05, prob=0.2, channel_wise=True),
            transforms.RandAdjustContrastd(_IMAGES, gamma=(0.8, 1.25), prob=0.3),
        ]
    )


def _slices_of(case: LabelledCase, pixel_mm: float) -> list[RealSlice]:
    image, labels = read_image(case.image), read_labels(case.labels)
    channels = image[..., None] if image.ndim == 3 else image
    if channels.ndim != 4 or channels.shape[3] > _CHANNELS_MOST or channels.shape[:3] != labels.shape:
        raise UsageError(
            f"{case.image} has the shape {image.shape} and its labels {labels.shape}; expected three axes alike, and "
            "of the image a fourth of water and fat where there are both."
        )
    if labels.max() >= len(LABELS):
        raise UsageError(f"{case.labels} holds the label {labels.max()}; expected 0 to {len(LABELS) - 1}.")
    spacing = nibabel.affines.voxel_sizes(nibabel.as_closest_canonical(nibabel.nifti1.load(case.image)).affine)[:2]
    zoom = transforms.Resize(
        [max(1, round(n * mm / pixel_mm)) for n, mm in zip(labels.shape, spacing, strict=False)], mode="area"
    )
    found = []
    for k in np.flatnonzero(labels.any(axis=(0, 1))):
        shares = (labels[None, :, :, k] == np.arange(len(LABELS))[:, None, None]).astype(np.float32)
        pictures = np.moveaxis(channels[:, :, k], -1, 0)
        found.append(RealSlice(_zoomed(zoom, pictures), _zoomed(zoom, shares)))
    return found


def _zoomed(zoom: transforms.Resize, array: np.ndarray) -> np.ndarray:
    return np.asarray(zoom(torch.from_numpy(array)), np.float32)
