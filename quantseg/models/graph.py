"""What may stand in a bundle's graph: operators of a closed list, and weights in the bundle's own safetensors file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from quantseg.errors import ModelError

if TYPE_CHECKING:
    from onnx import GraphProto, TensorProto

OPERATORS = frozenset(
    {
        "Add",
        "Cast",
        "Concat",
        "Constant",
        "Conv",
        "ConvTranspose",
        "Gemm",
        "InstanceNormalization",
        "LeakyRelu",
        "Mul",
        "ReduceMean",
        "Relu",
        "Sigmoid",
        "Softmax",
    }
)
_DOMAINS = ("", "ai.onnx")
_MOST_BYTES = 1_000_000
_LENGTH_BYTES = 8
_PLACE_KEYS = frozenset({"location", "offset", "length"})


def weights_layout(data: bytes, where: str) -> dict[str, Any]:
    """Return where each tensor lies in a safetensors file: its name, type, shape and the bytes from the file's start.

    Args:
        data: the file.
        where: its name, for messages.

    Raises:
        ModelError: it is no safetensors file.
    """
    header_end = _LENGTH_BYTES + int.from_bytes(data[:_LENGTH_BYTES], "little")
    try:
        header = json.loads(data[_LENGTH_BYTES:header_end])
        return {
            name: (tensor["dtype"], tuple(tensor["shape"]), *(header_end + place for place in tensor["data_offsets"]))
            for name, tensor in header.items()
            if name != "__metadata__"
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{where} is not a whole safetensors file; install the model again.") from error


def check_graph(data: bytes, weights: bytes, weights_name: str, where: str) -> None:
    """Refuse a graph that could reach outside its bundle or asks for what QuantSeg's networks do not consist of.

    Args:
        data: the file ``models/graph.onnx``.
        weights: the file of the bundle's first member.
        weights_name: its name, the only one that the graph may take weights from.
        where: name of the graph, for messages.

    Raises:
        ModelError: with what was found and what is allowed.
    """
    try:
        import onnx
        from google.protobuf.message import DecodeError
    except ImportError as error:
        raise ModelError(
            f"{where} can be checked only where the package onnx is installed; pip install onnx."
        ) from error

    if len(data) > _MOST_BYTES:
        raise ModelError(f"{where} takes {len(data)} bytes; a graph without weights takes at most {_MOST_BYTES}.")
    try:
        model = onnx.load_model_from_string(data)
    except DecodeError as error:
        raise ModelError(f"{where} is not a whole ONNX file; export the model again.") from error
    foreign = [domain.domain for domain in model.opset_import if domain.domain not in _DOMAINS]
    if foreign or model.functions:
        raise ModelError(f"{where} holds operators of its own ({', '.join(foreign) or 'functions'}); they are refused.")
    layout = set(weights_layout(weights, weights_name).values())
    _check_nodes(model.graph, where)
    for tensor in model.graph.initializer:
        _check_weights(tensor, layout, weights_name, where)
    if model.graph.sparse_initializer:
        raise ModelError(f"{where} holds sparse weights; expected all weights in {weights_name}.")


def _check_nodes(graph: GraphProto, where: str) -> None:
    for node in graph.node:
        if node.op_type not in OPERATORS or node.domain not in _DOMAINS:
            allowed = ", ".join(sorted(OPERATORS))
            raise ModelError(f"{where} asks for the operator {node.op_type!r}; only these are allowed: {allowed}.")
        for attribute in node.attribute:
            if attribute.HasField("g") or attribute.graphs:
                raise ModelError(f"{where} holds a graph within the operator {node.op_type!r}; it is refused.")
            sparse = attribute.HasField("sparse_tensor") or attribute.sparse_tensors
            if sparse or attribute.tensors or (attribute.HasField("t") and attribute.t.external_data):
                raise ModelError(f"{where} takes a constant from another file, or a sparse one; it is refused.")


def _check_weights(tensor: TensorProto, layout: set[Any], weights_name: str, where: str) -> None:
    from onnx import TensorProto, helper

    keys = [entry.key for entry in tensor.external_data]
    if not _PLACE_KEYS.issuperset(keys) or len(set(keys)) < len(keys):
        raise ModelError(
            f"{where} says of the weights {tensor.name!r}: {', '.join(keys)}; expected each of "
            f"{', '.join(sorted(_PLACE_KEYS))} once, and nothing else."
        )
    found = {entry.key: entry.value for entry in tensor.external_data}
    if tensor.data_location != TensorProto.EXTERNAL or found.get("location") != weights_name:
        place = found.get("location", "the graph itself")
        raise ModelError(f"{where} takes the weights {tensor.name!r} from {place!r}; only {weights_name} is allowed.")
    types = {int(TensorProto.FLOAT16): "F16", int(TensorProto.FLOAT): "F32"}
    try:
        start, length = int(found["offset"]), int(found["length"])
    except (KeyError, ValueError) as error:
        raise ModelError(f"{where} does not say where in {weights_name} the weights {tensor.name!r} lie.") from error
    if (types.get(int(tensor.data_type)), tuple(tensor.dims), start, start + length) not in layout:
        kind = helper.tensor_dtype_to_string(tensor.data_type)
        raise ModelError(
            f"{where} takes the weights {tensor.name!r} ({kind}, {tuple(tensor.dims)}) from bytes {start} to "
            f"{start + length} of {weights_name}, where no such tensor lies; export the model again."
        )
