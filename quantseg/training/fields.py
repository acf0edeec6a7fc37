"""Building blocks of augmentation: rotations, smooth fields, blur, contrast and noise."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch.nn import functional


def rotation(angles_rad: Sequence[float]) -> torch.Tensor:
    """Return the product of rotations about the first, second and third axis, shape (3, 3)."""
    matrix = torch.eye(3)
    for axis, angle in enumerate(angles_rad):
        u, v = (a for a in range(3) if a != axis)
        turn = torch.eye(3)
        turn[u, u] = turn[v, v] = math.cos(angle)
        turn[u, v], turn[v, u] = -math.sin(angle), math.sin(angle)
        matrix = matrix @ turn
    return matrix


def smooth_field(channels: int, size: Sequence[int], sd: float, knots: int, generator: torch.Generator) -> torch.Tensor:
    """Return a random field, shape (channels, *size): normal values at the knots, linear between them.

    Args:
        channels: independent fields.
        size: of the field, two or three axes.
        sd: of the values at the knots.
        knots: along each axis.
        generator: source of the randomness.
    """
    coarse = torch.randn(1, channels, *(knots for _ in size), generator=generator) * sd
    mode = "trilinear" if len(size) == 3 else "bilinear"
    return functional.interpolate(coarse, size=tuple(size), mode=mode, align_corners=True)[0]


def gaussian_blur(image: torch.Tensor, sd_voxels: float, axes: Sequence[int] = (0, 1, 2)) -> torch.Tensor:
    """Smooth a volume of shape (I, J, K) with a Gaussian of that SD, axis by axis."""
    radius = math.ceil(3 * sd_voxels)
    if radius < 1:
        return image
    positions = torch.arange(-radius, radius + 1, dtype=torch.float32)
    kernel = torch.exp(-0.5 * (positions / sd_voxels) ** 2)
    kernel = kernel / kernel.sum()
    smooth = image[None, None]
    for axis in axes:
        shape = [1, 1, 1, 1, 1]
        shape[axis + 2] = len(kernel)
        padding = [0, 0, 0, 0, 0, 0]
        padding[2 * (2 - axis)] = padding[2 * (2 - axis) + 1] = radius
        smooth = functional.conv3d(functional.pad(smooth, padding, mode="replicate"), kernel.view(shape))
    return smooth[0, 0]


def vary_gamma(image: torch.Tensor, log_sd: float, generator: torch.Generator) -> torch.Tensor:
    """Raise an image to a random power, its maximum kept and all below zero cut off.

    Args:
        image: any shape.
        log_sd: SD of the logarithm of the exponent.
        generator: source of the randomness.
    """
    top = image.max().clamp(min=1e-6)
    exponent = math.exp(log_sd * float(torch.randn(1, generator=generator)))
    return (image / top).clamp(min=0) ** exponent * top


def add_noise(image: torch.Tensor, relative_sd: float, generator: torch.Generator) -> torch.Tensor:
    """Add normal noise whose SD is ``relative_sd`` times the image's."""
    return image + relative_sd * image.std() * torch.randn(image.shape, generator=generator)


def coarsened(image: torch.Tensor, factor: float, axis: int) -> torch.Tensor:
    """Show an image as voxels coarser by a factor would, on its own grid.

    Args:
        image: shape (I, J, K).
        factor: from old to new voxel size.
        axis: the one that is coarse, as in thick slices; 3 for all.
    """
    size = [max(4, round(n / factor)) if axis in (a, 3) else n for a, n in enumerate(image.shape)]
    coarse = functional.interpolate(image[None, None], size=size, mode="area")
    return functional.interpolate(coarse, size=image.shape, mode="trilinear", align_corners=False)[0, 0]


def largest_part(parts: torch.Tensor) -> torch.Tensor:
    """Return which of several masks covers most of each place, counted from 1; 0 where what they leave is more.

    One ``argmax`` over them and the rest says the same, but takes ten times as long along a first axis on a CPU.

    Args:
        parts: share of each label, background left out, shape (L, ...).
    """
    most, number = parts.max(dim=0)
    return torch.where(most > 1 - parts.sum(dim=0), number + 1, 0)
