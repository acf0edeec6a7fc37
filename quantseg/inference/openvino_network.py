"""Networks computed by OpenVINO, from the graph of a bundle and the weights of one of its members."""

from __future__ import annotations

import contextlib
import io
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from quantseg.errors import ModelError
from quantseg.hardware import computing_threads
from quantseg.inference.compiled_cache import keep_network, kept_network
from quantseg.inference.device import Device, Precision
from quantseg.inference.openvino_library import openvino_core
from quantseg.models.bundle import GRAPH, Bundle
from quantseg.models.graph import weights_layout
from quantseg.models.trust import read_trusted, sha256

if TYPE_CHECKING:
    import openvino

_CPU = "CPU"
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
    """Return a member of a bundle, compiled, or read back as an earlier run compiled it.

    Args:
        bundle: has a graph.
        member: file name under ``models/``.
        device: a CPU.

    Raises:
        ModelError: there is no such member, a file is not the trusted one, or the graph does not fit the weights.
    """
    if member not in bundle.members:
        raise ModelError(f"Model {bundle.name!r} has no member {member!r}; it has {', '.join(bundle.members)}.")
    graph = read_trusted(bundle.folder, GRAPH, bundle.hashes)
    weights = read_trusted(bundle.folder, f"models/{member}", bundle.hashes)
    key = _key(graph, weights, bundle.members[0], device)
    kept = kept_network(key)
    if kept is not None:
        # What this version of OpenVINO cannot read is compiled like what was never kept.
        with contextlib.suppress(RuntimeError):
            return OpenVinoNetwork(openvino_core().import_model(io.BytesIO(kept), _CPU, _properties(device)))
    compiled = _compiled(bundle, member, graph, weights, device)
    exported = io.BytesIO()
    compiled.export_model(exported)
    keep_network(key, exported.getvalue())
    return OpenVinoNetwork(compiled)


def compile_openvino_network(bundle: Bundle, member: str, device: Device) -> OpenVinoNetwork:
    """Return a member of a bundle, compiled anew and kept nowhere.

    Args:
        bundle: has a graph.
        member: file name under ``models/``.
        device: a CPU.

    Raises:
        ModelError: as for :func:`load_openvino_network`.
    """
    graph = read_trusted(bundle.folder, GRAPH, bundle.hashes)
    weights = read_trusted(bundle.folder, f"models/{member}", bundle.hashes)
    return OpenVinoNetwork(_compiled(bundle, member, graph, weights, device))


def _compiled(bundle: Bundle, member: str, graph: bytes, weights: bytes, device: Device) -> openvino.CompiledModel:
    """Compile a member.

    The graph names the file of the first member as where its weights lie; every other member's file is laid out the
    same, and stands in its place in a folder of its own.
    """
    first = bundle.members[0]
    if weights_layout(weights, member) != _layout(bundle.folder, f"models/{first}", bundle.hashes[f"models/{first}"]):
        raise ModelError(
            f"{bundle.folder / 'models' / member} is laid out otherwise than {first}, for which the graph of model "
            f"{bundle.name!r} was made; export the model again."
        )
    try:
        with tempfile.TemporaryDirectory(prefix="quantseg-") as folder:
            (Path(folder) / first).write_bytes(weights)
            (Path(folder) / "graph.onnx").write_bytes(graph)
            model = openvino_core().read_model(Path(folder) / "graph.onnx")
            return openvino_core().compile_model(model, _CPU, _properties(device))
    except OSError as error:
        raise ModelError(
            f"Model {bundle.name!r} could not be prepared in the folder for temporary files ({error.strerror}); free "
            "space there, or name another with the variable TMPDIR."
        ) from error
    except RuntimeError as error:
        raise ModelError(
            f"The graph of model {bundle.name!r} cannot be computed by OpenVINO ({_reason(error)}); "
            "QUANTSEG_BACKEND=torch uses PyTorch instead."
        ) from error


def _reason(error: RuntimeError) -> str:
    """Return the line of OpenVINO's message that says what is wrong; those before it name places in its code."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1].rstrip(".") if lines else type(error).__name__


@lru_cache
def _layout(folder: Path, file: str, digest: str) -> dict[str, Any]:
    """Return the layout of trusted weights, which decides for every member alike."""
    return weights_layout(read_trusted(folder, file, {file: digest}), file)


def _key(graph: bytes, weights: bytes, first: str, device: Device) -> str:
    """Return what a compiled network depends on: both files, OpenVINO, the processor, and how it is used."""
    core = openvino_core()
    processor = [core.get_property(_CPU, name) for name in ("FULL_DEVICE_NAME", "OPTIMIZATION_CAPABILITIES")]
    version = core.get_versions(_CPU)[_CPU].build_number
    return repr((sha256(graph), sha256(weights), first, version, processor, sorted(_properties(device).items())))


def _properties(device: Device) -> dict[str, object]:
    return {
        "INFERENCE_PRECISION_HINT": _PRECISIONS[device.precision],
        "INFERENCE_NUM_THREADS": computing_threads(),
        "NUM_STREAMS": 1,
        # Threads bound to cores would wait for whatever else runs there.
        "ENABLE_CPU_PINNING": False,
    }
