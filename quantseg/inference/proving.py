"""The proof that a bundle's graph is another way to compute its networks, and not another network."""

from __future__ import annotations

import numpy as np

from quantseg.errors import ModelError
from quantseg.inference.device import Backend, Precision, choose_device, is_installed
from quantseg.inference.openvino_network import compile_openvino_network
from quantseg.models.bundle import GRAPH, Bundle

# Both compute in float32; shipped bundles differ by less than 0.005.
_MOST_DIFFERENCE = 0.02


def prove_graph(bundle: Bundle) -> None:
    """Compute every member of a bundle from elsewhere by OpenVINO, and compare with PyTorch.

    Results name the weights that made them, not the graph. Nothing is proved of what is not installed, and nothing is
    kept.

    Args:
        bundle: as :func:`quantseg.models.adding.inspect_bundle` returns it.

    Raises:
        ModelError: OpenVINO cannot compute the graph, or finds something else than PyTorch.
    """
    if not bundle.has_graph or not is_installed(Backend.OPENVINO):
        return
    definition = bundle.inference["network_def"]
    size = bundle.inference["minimum_patch"][: definition["spatial_dims"]]
    batch = np.random.default_rng(0).normal(size=(1, definition["in_channels"], *size)).astype(np.float32)
    here = choose_device("cpu", Precision.FLOAT32, Backend.OPENVINO)
    for member in bundle.members:
        try:
            by_graph = compile_openvino_network(bundle, member, here)(batch, here)
        except RuntimeError as error:
            raise ModelError(f"{bundle.folder / GRAPH} does not take the model's images; export it again.") from error
        if not is_installed(Backend.TORCH):
            continue
        from quantseg.inference.torch_network import load_torch_network

        there = choose_device("cpu", Precision.FLOAT32, Backend.TORCH)
        by_torch = load_torch_network(bundle, member, there)(batch, there)
        # Written so that NaN counts as different.
        if by_graph.shape != by_torch.shape or not np.abs(by_graph - by_torch).max() <= _MOST_DIFFERENCE:
            raise ModelError(
                f"{bundle.folder / GRAPH} computes something else than PyTorch does with {member}; export the model "
                "again."
            )
