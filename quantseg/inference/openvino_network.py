"""Networks computed by OpenVINO, from the graph of a bundle and the weights of one of its members."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from quantseg.errors import ModelError
from quantseg.hardware import computing_threads
from quantseg.inference.device import Device, Precision
from quantseg.models.bundle import GRAPH, Bundle
from quantseg.models.graph import weights_layout
from quantseg.models.trust import read_trusted

if TYPE_CHECKING:
    import openvino

_PRECISIONS = {Precision.FLOAT32: "f32", Precision.BFLOAT16: "bf16", Precision.FLOAT16: "f16"}


class OpenVinoNetwork:
    """A compiled graph as a :class:`quantseg.inference.network.Network`.

    Args:
        compiled: takes samples and yields class probabilities.
    """

    def __init__(self, compiled: openvino.CompiledModel) -> None:
        self._request = compiled.create_infer_request()

    def __call__(self, batch: np.ndarray, device: Device) -> np.ndarray:  # noqa: ARG002 - it was compiled for one
        """Do as :class:`quantseg.inference.network.Network` says."""
        samples = np.ascontiguousarray(batch, np.float32)
        # The result is a view of memory that the next call writes to.
        return np.array(self._request.infer([samples], share_inputs=True)[0])


def load_openvino_network(bundle: Bundle, member: str, device: Device) -> OpenVinoNetwork:
    """Return a member of a bundle, compiled.

    The graph names the file of the first member as where its weights lie; every other member's file is laid out the
    same, and stands in its place in a folder of its own.

    Args:
        bundle: has a graph.
        member: file name under ``models/``.
        device: a CPU.

    Raises:
        ModelError: there is no such member, a file is not the trusted one, or the graph does not fit the weights.
    """
    if member not in bundle.members:
        raise ModelError(f"Model {bundle.name!r} has no member {member!r}; it has {', '.join(bundle.members)}.")
    first = bundle.members[0]
    graph = read_trusted(bundle.folder, GRAPH, bundle.hashes)
    weights = read_trusted(bundle.folder, f"models/{member}", bundle.hashes)
    if member != first:
        expected = read_trusted(bundle.folder, f"models/{first}", bundle.hashes)
        if weights_layout(weights, member) != weights_layout(expected, first):
            raise ModelError(
                f"{bundle.folder / 'models' / member} is laid out otherwise than {first}, for which the graph of model "
                f"{bundle.name!r} was made; export the model again."
            )
    try:
        with tempfile.TemporaryDirectory(prefix="quantseg-") as folder:
            (Path(folder) / first).write_bytes(weights)
            (Path(folder) / "graph.onnx").write_bytes(graph)
            model = _core().read_model(Path(folder) / "graph.onnx")
            compiled = _core().compile_model(model, "CPU", _properties(device))
    except OSError as error:
        raise ModelError(
            f"Model {bundle.name!r} could not be prepared in the folder for temporary files ({error.strerror}); free "
            "space there, or name another with the variable TMPDIR."
        ) from error
    except RuntimeError as error:
        raise ModelError(
            f"The graph of model {bundle.name!r} cannot be computed by OpenVINO ({str(error).splitlines()[0]}); "
            "QUANTSEG_BACKEND=torch uses PyTorch instead."
        ) from error
    return OpenVinoNetwork(compiled)


@cache
def _core() -> openvino.Core:
    import openvino

    core = openvino.Core()
    # Weights are read whole: a mapped file could be neither deleted on Windows nor trusted to stay as it was checked.
    core.set_property({"ENABLE_MMAP": False})
    return core


def _properties(device: Device) -> dict[str, object]:
    return {
        "INFERENCE_PRECISION_HINT": _PRECISIONS[device.precision],
        "INFERENCE_NUM_THREADS": computing_threads(),
        "NUM_STREAMS": 1,
        # Threads bound to cores would wait for whatever else runs there.
        "ENABLE_CPU_PINNING": False,
    }
