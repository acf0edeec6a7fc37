"""A small residual network of grouped convolutions, which says a few values of a whole volume."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from monai.networks.layers.factories import Conv, Norm
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

_GATE_REDUCTION = 8


class VolumeResNeXt(nn.Module):
    """ResNeXt (Xie and others, CVPR 2017) with squeeze and excitation (Hu and others, CVPR 2018).

    A first convolution and every stage halve the volume; the mean over what is left goes through one linear layer.

    Args:
        spatial_dims: 2 or 3.
        in_channels: of the volume.
        out_channels: how many values are said.
        widths: channels after the first convolution and after each stage; those after a stage are multiples of twice
            the cardinality.
        cardinality: groups of the convolution in the middle of each block.
        dropout: share of the means that training leaves out.
        normalised: whether convolutions are followed by batch normalisation, as training needs it;
            :func:`fold_normalisation` makes a network without.

    Raises:
        ValueError: a width does not fit the cardinality.
    """

    def __init__(
        self,
        spatial_dims: int,
        in_channels: int,
        out_channels: int,
        widths: Sequence[int],
        cardinality: int,
        dropout: float = 0.0,
        normalised: bool = False,
    ) -> None:
        super().__init__()
        odd = [width for width in widths[1:] if width % (2 * cardinality)]
        if odd:
            raise ValueError(f"a stage has {odd[0]} channels; expected a multiple of {2 * cardinality}")
        convolutions = _Convolutions(spatial_dims, normalised)
        self.stem = convolutions(in_channels, widths[0], 3, stride=2)
        self.stages = nn.Sequential(
            *(_Block(convolutions, before, after, cardinality) for before, after in pairwise(widths))
        )
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(widths[-1], out_channels)

    def forward(self, volumes: torch.Tensor) -> torch.Tensor:
        """Return the values of volumes.

        Args:
            volumes: shape (batch, in_channels, ...).

        Returns:
            shape (batch, out_channels).
        """
        seen = self.stages(self.stem(volumes)).float()
        values: torch.Tensor = self.head(self.dropout(seen.mean(dim=tuple(range(2, seen.ndim)))))
        return values


class _Convolutions:
    """Makes convolutions, with batch normalisation or without, and with what follows."""

    def __init__(self, spatial_dims: int, normalised: bool) -> None:
        self.kind = Conv[Conv.CONV, spatial_dims]
        self._norm = Norm[Norm.BATCH, spatial_dims] if normalised else None

    def __call__(
        self, before: int, after: int, size: int, stride: int = 1, groups: int = 1, rectified: bool = True
    ) -> nn.Sequential:
        layers = [
            self.kind(before, after, size, stride, padding=size // 2, groups=groups, bias=self._norm is None),
            *([] if self._norm is None else [self._norm(after)]),
            *([nn.ReLU(inplace=True)] if rectified else []),
        ]
        return nn.Sequential(*layers)


class _Block(nn.Module):
    """Narrow, convolve in groups, widen, weigh the channels, and add the shortcut; halves the volume."""

    def __init__(self, convolutions: _Convolutions, before: int, after: int, cardinality: int) -> None:
        super().__init__()
        middle = after // 2
        self.shortcut = convolutions(before, after, 1, stride=2, rectified=False)
        self.narrow = convolutions(before, middle, 1)
        self.grouped = convolutions(middle, middle, 3, stride=2, groups=cardinality)
        self.widen = convolutions(middle, after, 1, rectified=False)
        self.gate = nn.Sequential(
            convolutions.kind(after, after // _GATE_REDUCTION, 1),
            nn.ReLU(inplace=True),
            convolutions.kind(after // _GATE_REDUCTION, after, 1),
            nn.Sigmoid(),
        )

    def forward(self, volumes: torch.Tensor) -> torch.Tensor:
        found = self.widen(self.grouped(self.narrow(volumes)))
        weights = self.gate(found.mean(dim=tuple(range(2, found.ndim)), keepdim=True))
        return torch.relu(found * weights + self.shortcut(volumes))


def fold_normalisation(network: nn.Module) -> None:
    """Put batch normalisations into the convolutions before them, which then compute the same alone.

    Args:
        network: a :class:`VolumeResNeXt` in evaluation mode, changed in place.
    """
    for layers in [one for one in network.modules() if isinstance(one, nn.Sequential)]:
        convolution, following = layers[0], layers[1] if len(layers) > 1 else None
        if isinstance(following, nn.BatchNorm2d | nn.BatchNorm3d):
            assert isinstance(convolution, nn.Conv2d | nn.Conv3d)
            layers[0] = fuse_conv_bn_eval(convolution, following)
            del layers[1]
