"""Training that goes on from the weights of a finished model instead of random ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch

from quantseg.errors import UsageError
from quantseg.training.weights_file import NEVER_STORED, member_file


def go_on_from(
    network: torch.nn.Module, bundle: str | None, member: int, *, other_classes: bool = False
) -> torch.nn.Module:
    """Fill a network with the weights of a bundle's member, as :func:`fill_from` does.

    Args:
        network: freshly initialised.
        bundle: folder of the bundle; None leaves the network as it is.
        member: number of the fold that the member was validated on, so that a member trained on with the same split
            still has not seen its validation cases.
        other_classes: as for :func:`fill_from`.

    Returns:
        the network.

    Raises:
        UsageError: there are no such weights, or they do not fit.
    """
    if bundle is None:
        return network
    path = Path(bundle) / "models" / member_file(member)
    if not path.is_file():
        raise UsageError(f"{path} is missing; --start-from expects a bundle with a member for each fold trained.")
    return fill_from(network, path, other_classes=other_classes)


def fill_from(network: torch.nn.Module, path: Path, *, other_classes: bool = False) -> torch.nn.Module:
    """Fill a network with the weights of a finished one; what only training needs keeps its random weights.

    A network that sees more channels than the finished one did starts without looking at the last of them.

    Args:
        network: freshly initialised.
        path: file with the weights.
        other_classes: whether the finished one may tell other classes apart, or say other values, than the network
            shall; the layer that does so keeps its random weights then.

    Returns:
        the network.

    Raises:
        UsageError: the weights do not fit.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        weights = _with_channels_of(network, load_file(path))
        anew = _of_other_classes(network, weights) if other_classes else ()
        found = network.load_state_dict({k: v for k, v in weights.items() if k not in anew}, strict=False)
    except (SafetensorError, RuntimeError) as error:
        raise UsageError(f"{path} does not fit the network to be trained: {str(error).splitlines()[-1]}") from error
    missing = [name for name in found.missing_keys if name not in anew and not name.startswith(NEVER_STORED)]
    if missing or found.unexpected_keys:
        raise UsageError(
            f"{path} does not fit the network to be trained: {len(missing)} tensors are missing, "
            f"{len(found.unexpected_keys)} unknown; name the bundle that has its architecture."
        )
    return network


def averaged_with_start(network: torch.nn.Module, start: Mapping[str, torch.Tensor], share: float) -> torch.nn.Module:
    """Move a network's weights back towards those that its training began with.

    Between both lie networks that keep what the first data taught and have learned from the new ones (M. Wortsman and
    others, Robust fine-tuning of zero-shot models, CVPR 2022).

    Args:
        network: trained; changed in place.
        start: the weights that it began with, by name.
        share: of these in the mean, 0 to 1.

    Returns:
        the network.
    """
    if share:
        with torch.no_grad():
            # Each parameter once: some networks name the same layers twice.
            for name, parameter in network.named_parameters():
                parameter.lerp_(start[name].to(parameter), share)
    return network


def _with_channels_of(network: torch.nn.Module, weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Widen the convolutions that take the image by weights of zero for each channel that they did not have."""
    wanted = network.state_dict()
    for name, values in weights.items():
        if name in wanted and values.ndim > 1:
            more = wanted[name].shape[1] - values.shape[1]
            if more > 0 and wanted[name].shape[0] == values.shape[0] and wanted[name].shape[2:] == values.shape[2:]:
                none = values.new_zeros(values.shape[0], more, *values.shape[2:])
                weights[name] = torch.cat([values, none], dim=1)
    return weights


def _of_other_classes(network: torch.nn.Module, weights: Mapping[str, torch.Tensor]) -> tuple[str, ...]:
    """Return the tensors of the one layer that holds a row for each class, where it holds another number of them."""
    wanted = network.state_dict()
    names = [
        name
        for name, values in weights.items()
        if name in wanted and wanted[name].shape != values.shape and wanted[name].shape[1:] == values.shape[1:]
    ]
    return tuple(names) if len({name.rpartition(".")[0] for name in names}) == 1 else ()
