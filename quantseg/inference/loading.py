"""The networks of a bundle, by whichever library serves the device."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from quantseg.errors import ModelError
from quantseg.hardware import computing_threads
from quantseg.inference.device import Backend, Device, Precision, choose_device, is_installed
from quantseg.inference.network import Network
from quantseg.models.bundle import Bundle


def device_for(bundle: Bundle, device: Device) -> Device:
    """Return where a bundle is computed: as chosen, but by PyTorch where it has no graph for OpenVINO.

    Raises:
        ModelError: it has none, and PyTorch is not installed.
    """
    if device.backend is not Backend.OPENVINO or bundle.has_graph:
        return device
    if not is_installed(Backend.TORCH):
        raise ModelError(
            f"Model {bundle.name!r} has no graph that OpenVINO could compute, and PyTorch is not installed; "
            "pip install torch monai, or export the model again with this version of QuantSeg."
        )
    # What OpenVINO multiplies natively PyTorch may have to emulate; float32 both have.
    precision = Precision.FLOAT32 if device.precision is Precision.FLOAT32 else None
    return choose_device(device.name, precision, Backend.TORCH)


def load_networks(bundle: Bundle, members: Sequence[str], device: Device) -> list[Network]:
    """Return members of a bundle, ready to predict.

    Args:
        bundle: where they come from.
        members: file names under ``models/``.
        device: from :func:`device_for`.

    Raises:
        ModelError: a file is damaged or not the trusted one, or there is no such member.
    """
    if device.backend is Backend.OPENVINO:
        from quantseg.inference.openvino_network import load_openvino_network

        # OpenVINO lets go of Python's lock while it compiles.
        with ThreadPoolExecutor(min(len(members), computing_threads())) as pool:
            return list(pool.map(lambda member: load_openvino_network(bundle, member, device), members))
    from quantseg.inference.torch_network import load_torch_network

    return [load_torch_network(bundle, member, device) for member in members]
