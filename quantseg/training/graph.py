"""A bundle's network written as a graph that OpenVINO computes, its weights left where they are."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from quantseg.errors import ModelError
from quantseg.models.bundle import GRAPH, Bundle, load_network
from quantseg.models.graph import OPERATORS, check_graph, weights_layout

if TYPE_CHECKING:
    from onnx import ModelProto, TensorProto

_OPSET = 17
_INPUT, _SCORES, _OUTPUT = "image", "scores", "probabilities"
_BATCH_AXIS, _FIRST_SPATIAL_AXIS, _CLASS_AXIS = 0, 2, 1


def write_graph(bundle: Bundle) -> Path | None:
    """Write ``models/graph.onnx`` of a bundle.

    Weights stay in the safetensors file of the first member, to which the graph points by offset and length; they are
    brought to float32 as they are read. Softmax over the classes is part of the graph where the network's output are
    scores. All axes but the channels may have any length that the network takes.

    Args:
        bundle: with weights; a graph that it has already is replaced.

    Returns:
        the file; None if this kind of network cannot be written so, in which case PyTorch must compute it.

    Raises:
        ModelError: members are laid out differently.
    """
    models = bundle.folder / "models"
    files = {member: (models / member).read_bytes() for member in bundle.members}
    first = bundle.members[0]
    layouts = {member: weights_layout(data, member) for member, data in files.items()}
    for member, layout in layouts.items():
        if layout != layouts[first]:
            raise ModelError(f"{models / member} is laid out otherwise than {first}; one graph cannot serve both.")
    model = _exported(bundle)
    names = {tensor.name for tensor in model.graph.initializer}
    if names - layouts[first].keys() or {node.op_type for node in model.graph.node} - OPERATORS:
        return None
    _point_to_weights(model, layouts[first], first)
    if bundle.yields_probabilities:
        _append_softmax(model)
    data = model.SerializeToString()
    path = bundle.folder / GRAPH
    check_graph(data, files[first], first, str(path))
    path.write_bytes(data)
    return path


def _exported(bundle: Bundle) -> ModelProto:
    import onnx

    network = load_network(bundle, bundle.members[0], torch.device("cpu"))
    definition: Mapping[str, Any] = bundle.inference["network_def"]
    dimensions = int(definition["spatial_dims"])
    sizes = bundle.inference["minimum_patch"][:dimensions]
    axes = {_BATCH_AXIS: "batch", **{_FIRST_SPATIAL_AXIS + n: "ijk"[n] for n in range(dimensions)}}
    sample = torch.zeros(1, int(definition["in_channels"]), *sizes)
    # A network may say a few values of the whole, which have no axes of space.
    output_axes = {axis: name for axis, name in axes.items() if axis < network(sample).ndim}
    written = io.BytesIO()
    with warnings.catch_warnings():
        # The way of exporting that keeps the weights' names is no longer the default one, and says so.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (sample,),
            written,
            dynamo=False,
            input_names=[_INPUT],
            output_names=[_SCORES],
            dynamic_axes={_INPUT: axes, _SCORES: output_axes},
            opset_version=_OPSET,
            do_constant_folding=False,
        )
    return onnx.load_model_from_string(written.getvalue())


def _point_to_weights(model: ModelProto, layout: Mapping[str, Any], file: str) -> None:
    """Replace the weights in the graph by places in a file."""
    from onnx import TensorProto, helper

    casts = []
    graph = model.graph
    for tensor in list(graph.initializer):
        kind, shape, start, end = layout[tensor.name]
        graph.initializer.remove(tensor)
        stored = f"{tensor.name}.stored" if kind == "F16" else tensor.name
        types = {"F16": TensorProto.FLOAT16, "F32": TensorProto.FLOAT}
        graph.initializer.append(_outside(stored, types[kind], shape, file, start, end))
        if stored != tensor.name:
            casts.append(helper.make_node("Cast", [stored], [tensor.name], to=TensorProto.FLOAT))
    others = list(graph.node)
    del graph.node[:]
    graph.node.extend([*casts, *others])


def _outside(name: str, kind: int, shape: tuple[int, ...], file: str, start: int, end: int) -> TensorProto:
    from onnx import TensorProto

    tensor = TensorProto(name=name, dims=shape, data_type=kind, data_location=TensorProto.EXTERNAL)
    for key, value in (("location", file), ("offset", start), ("length", end - start)):
        tensor.external_data.add(key=key, value=str(value))
    return tensor


def _append_softmax(model: ModelProto) -> None:
    from onnx import helper

    model.graph.node.append(helper.make_node("Softmax", [_SCORES], [_OUTPUT], axis=_CLASS_AXIS))
    model.graph.output[0].name = _OUTPUT
