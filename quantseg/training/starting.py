"""Training that goes on from the weights of a finished model instead of random ones."""

from __future__ import annotations

from pathlib import Path

import torch

from quantseg.errors import UsageError
from quantseg.training.export import member_file
from quantseg.training.weights_file import NEVER_STORED


def go_on_from(network: torch.nn.Module, bundle: str | None, member: int) -> torch.nn.Module:
    """Fill a network with the weights of a bundle's member; what only training needs keeps its random weights.

    A network that sees more channels than the member did starts without looking at the last of them.

    Args:
        network: freshly initialised.
        bundle: folder of the bundle; None leaves the network as it is.
        member: number of the fold that the member was validated on, so that a member trained on with the same split
            still has not seen its validation cases.

    Returns:
        the network.

    Raises:
        UsageError: there are no such weights, or they do not fit.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if bundle is None:
        return network
    path = Path(bundle) / "models" / member_file(member)
    if not path.is_file():
        raise UsageError(f"{path} is missing; --start-from expects a bundle with a member for each fold trained.")
    try:
        found = network.load_state_dict(_with_channels_of(network, load_file(path)), strict=False)
    except (SafetensorError, RuntimeError) as error:
        raise UsageError(f"{path} does not fit the network to be trained: {str(error).splitlines()[-1]}") from error
    missing = [name for name in found.missing_keys if not name.startswith(NEVER_STORED)]
    if missing or found.unexpected_keys:
        raise UsageError(
            f"{path} does not fit the network to be trained: {len(missing)} tensors are missing, "
            f"{len(found.unexpected_keys)} unknown; name the bundle that has its architecture."
        )
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
