"""A graph takes its weights from its own bundle, and consists of nothing but what QuantSeg's networks consist of."""

import onnx
import pytest
from bundles import network_names
from onnx import TensorProto, helper

from quantseg.errors import ModelError
from quantseg.models.bundle import GRAPH, find_bundle
from quantseg.models.graph import check_graph


@pytest.fixture(scope="module")
def a_bundle():
    return find_bundle("heart-lv-open")


@pytest.fixture
def a_graph(a_bundle):
    return onnx.load_model_from_string((a_bundle.folder / GRAPH).read_bytes())


def _check(a_bundle, graph):
    first = a_bundle.members[0]
    data = graph if isinstance(graph, bytes) else graph.SerializeToString()
    check_graph(data, (a_bundle.folder / "models" / first).read_bytes(), first, "graph.onnx")


def _place(tensor, key, value):
    next(entry for entry in tensor.external_data if entry.key == key).value = value


@pytest.mark.parametrize("name", network_names())
def test_every_shipped_bundle_has_a_small_graph_that_passes(name):
    bundle = find_bundle(name)

    assert bundle.has_graph
    assert GRAPH not in bundle.members
    _check(bundle, (bundle.folder / GRAPH).read_bytes())
    assert (bundle.folder / GRAPH).stat().st_size < 60_000


@pytest.mark.parametrize(
    "location", ["../member_0.safetensors", "/etc/passwd", "other.safetensors", "./member_0.safetensors", ""]
)
def test_weights_from_anywhere_else_are_refused(a_bundle, a_graph, location):
    _place(a_graph.graph.initializer[0], "location", location)

    with pytest.raises(ModelError, match=r"only member_0\.safetensors is allowed"):
        _check(a_bundle, a_graph)


@pytest.mark.parametrize(("key", "value"), [("offset", "0"), ("length", "8"), ("offset", "-4"), ("offset", "9" * 12)])
def test_weights_from_where_no_tensor_lies_are_refused(a_bundle, a_graph, key, value):
    _place(a_graph.graph.initializer[0], key, value)

    with pytest.raises(ModelError, match="no such tensor lies"):
        _check(a_bundle, a_graph)


def test_weights_within_the_graph_are_refused(a_bundle, a_graph):
    a_graph.graph.initializer.append(helper.make_tensor("inside", TensorProto.FLOAT, [1], [1.0]))

    with pytest.raises(ModelError, match="'inside' from 'the graph itself'"):
        _check(a_bundle, a_graph)


@pytest.mark.parametrize(("kind", "domain"), [("Loop", ""), ("MatMul", ""), ("Conv", "com.example")])
def test_unknown_operators_are_refused(a_bundle, a_graph, kind, domain):
    a_graph.graph.node.append(helper.make_node(kind, ["scores"], ["more"], domain=domain))

    with pytest.raises(ModelError, match=f"operator '{kind}'"):
        _check(a_bundle, a_graph)


def test_a_graph_within_an_operator_is_refused(a_bundle, a_graph):
    inner = helper.make_graph([], "inner", [], [])
    node = helper.make_node("Constant", [], ["more"])
    node.attribute.append(helper.make_attribute("body", inner))
    a_graph.graph.node.append(node)

    with pytest.raises(ModelError, match="a graph within"):
        _check(a_bundle, a_graph)


def test_a_constant_from_another_file_is_refused(a_bundle, a_graph):
    tensor = TensorProto(name="t", dims=[1], data_type=TensorProto.FLOAT, data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="/etc/passwd")
    node = helper.make_node("Constant", [], ["more"])
    node.attribute.append(helper.make_attribute("value", tensor))
    a_graph.graph.node.append(node)

    with pytest.raises(ModelError, match="constant from another file"):
        _check(a_bundle, a_graph)


@pytest.mark.parametrize("where", ["first", "last"])
def test_a_place_that_is_told_twice_is_refused(a_bundle, a_graph, where):
    tensor = a_graph.graph.initializer[0]
    told = [(entry.key, entry.value) for entry in tensor.external_data]
    told.insert(0 if where == "first" else len(told), ("location", "/etc/passwd"))
    del tensor.external_data[:]
    for key, value in told:
        tensor.external_data.add(key=key, value=value)

    with pytest.raises(ModelError, match="once, and nothing else"):
        _check(a_bundle, a_graph)


def test_a_place_that_is_told_in_another_way_is_refused(a_bundle, a_graph):
    a_graph.graph.initializer[0].external_data.add(key="basepath", value="/etc")

    with pytest.raises(ModelError, match="once, and nothing else"):
        _check(a_bundle, a_graph)


@pytest.mark.parametrize("kind", ["sparse_tensor", "sparse_tensors", "tensors"])
def test_a_sparse_constant_is_refused_as_its_parts_may_lie_elsewhere(a_bundle, a_graph, kind):
    tensor = TensorProto(name="t", dims=[1], data_type=TensorProto.FLOAT, data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="/etc/passwd")
    sparse = onnx.SparseTensorProto(values=tensor, dims=[1])
    node = helper.make_node("Constant", [], ["more"])
    value = {"sparse_tensor": sparse, "sparse_tensors": [sparse], "tensors": [tensor]}[kind]
    node.attribute.append(onnx.AttributeProto(name="value", **{kind: value}))
    a_graph.graph.node.append(node)

    with pytest.raises(ModelError, match="or a sparse one"):
        _check(a_bundle, a_graph)


def test_operators_of_its_own_are_refused(a_bundle, a_graph):
    a_graph.opset_import.append(helper.make_opsetid("com.example", 1))

    with pytest.raises(ModelError, match="operators of its own"):
        _check(a_bundle, a_graph)


@pytest.mark.parametrize("data", [b"not a graph \xff\xfe\x01", bytes(2_000_000)], ids=["damaged", "far too large"])
def test_what_is_no_graph_is_refused(a_bundle, data):
    with pytest.raises(ModelError, match=r"graph\.onnx"):
        _check(a_bundle, data)
