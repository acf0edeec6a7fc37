import shutil

import numpy as np
import onnx
import pytest
from bundles import change_config
from safetensors.numpy import save_file

from quantseg.cli.main import main
from quantseg.errors import ModelError
from quantseg.models.bundle import GRAPH, METADATA, find_bundle
from quantseg.models.trust import SHIPPED_LIST

pytestmark = pytest.mark.usefixtures("quantseg_home")


def _add(folder):
    return main(["models", "add", str(folder), "--yes"])


def test_list_names_the_shipped_model(capsys):
    assert main(["models", "list"]) == 0
    assert "hippocampus " in capsys.readouterr().out


def test_added_model_is_shown_listed_and_found(a_bundle_folder, quantseg_home, capsys):
    assert _add(a_bundle_folder) == 0

    shown = capsys.readouterr().out
    bundle = find_bundle("mymodel")
    assert "CC-BY-SA-4.0" in shown
    assert "Attribution-ShareAlike" in shown
    assert all(digest in shown and path in shown for path, digest in bundle.hashes.items())
    assert bundle.folder == quantseg_home / "models" / "mymodel"
    main(["models", "list"])
    assert "mymodel" in capsys.readouterr().out
    assert main(["models", "verify"]) == 0


def test_a_regression_can_be_added_as_well_as_networks(tmp_path, quantseg_home):
    shutil.copytree(find_bundle("dementia").folder, tmp_path / "my-score")
    assert _add(tmp_path / "my-score") == 0
    assert find_bundle("my-score").folder == quantseg_home / "models" / "my-score"


@pytest.mark.parametrize("content", [b"", b"no weights", None])
def test_a_regression_without_finite_weights_is_refused(tmp_path, quantseg_home, content, capsys):
    folder = shutil.copytree(find_bundle("dementia").folder, tmp_path / "my-score")
    (member,) = (folder / "models").iterdir()
    if content is None:
        save_file({"weights": np.array([np.nan], np.float32)}, member)
    else:
        member.write_bytes(content)
    assert _add(folder) == 1
    assert str(member.name) in capsys.readouterr().err
    assert not quantseg_home.exists()


def test_without_a_terminal_and_without_yes_nothing_is_added(a_bundle_folder, quantseg_home, capsys):
    assert main(["models", "add", str(a_bundle_folder)]) == 2
    assert "--yes" in capsys.readouterr().err
    assert not quantseg_home.exists()


@pytest.mark.parametrize(("answer", "added"), [("y", True), ("n", False), ("", False)])
def test_on_a_terminal_the_answer_decides(a_bundle_folder, monkeypatch, answer, added):
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _question: answer)

    assert main(["models", "add", str(a_bundle_folder)]) == (0 if added else 1)
    if added:
        find_bundle("mymodel")
    else:
        with pytest.raises(ModelError):
            find_bundle("mymodel")


def _exchange(graph):
    one, other = [tensor for tensor in graph.graph.initializer if list(tensor.dims) == [12, 12, 3, 3, 3]]
    one.name, other.name = other.name, one.name


def _empty(graph):
    graph.Clear()


def _second_input(graph):
    graph.graph.input.add().CopyFrom(graph.graph.input[0])


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_exchange, "something else than PyTorch"),
        (_empty, "cannot be computed by OpenVINO"),
        (_second_input, "cannot be computed by OpenVINO"),
    ],
)
def test_a_model_whose_graph_is_not_its_network_is_not_added(repository, tmp_path, spoil, message, capsys):
    folder = tmp_path / "spoiled"
    shutil.copytree(repository / "Resources" / "Models" / "head-localiser", folder)
    graph = onnx.load(folder / GRAPH, load_external_data=False)
    spoil(graph)
    (folder / GRAPH).write_bytes(graph.SerializeToString())

    assert _add(folder) == 1
    assert message in capsys.readouterr().err
    with pytest.raises(ModelError, match="There is no model"):
        find_bundle("spoiled")


def test_a_model_with_its_own_graph_is_added(repository, tmp_path):
    shutil.copytree(repository / "Resources" / "Models" / "head-localiser", tmp_path / "whole")
    assert _add(tmp_path / "whole") == 0
    assert find_bundle("whole").has_graph


def test_added_model_that_is_changed_later_is_bad(a_bundle_folder, capsys):
    _add(a_bundle_folder)
    change_config(find_bundle("mymodel").folder, {"patch_multiple": 16})

    assert main(["models", "verify"]) == 1
    assert "mymodel: BAD" in capsys.readouterr().out
    with pytest.raises(ModelError, match="changed"):
        find_bundle("mymodel")


def test_model_put_into_the_folder_by_hand_is_not_trusted(a_bundle_folder, quantseg_home):
    (quantseg_home / "models").mkdir(parents=True)
    a_bundle_folder.rename(quantseg_home / "models" / "mymodel")

    with pytest.raises(ModelError, match="not on the list of trusted"):
        find_bundle("mymodel")


def test_nothing_but_configurations_weights_licence_and_card_is_copied(a_bundle_folder):
    (a_bundle_folder / "scripts").mkdir()
    (a_bundle_folder / "scripts" / "__init__.py").write_text("raise SystemExit")
    _add(a_bundle_folder)

    copied = find_bundle("mymodel").folder
    assert not list(copied.rglob("*.py"))
    assert (copied / "LICENSE").is_file()
    assert [path.name for path in copied.parent.iterdir()] == ["mymodel"]


@pytest.mark.parametrize("ending", ["pt", "pth", "ckpt", "bin", "PT"])
def test_bundle_with_pickled_weights_is_refused(a_bundle_folder, capsys, ending):
    (a_bundle_folder / "docs" / f"model.{ending}").write_bytes(b"\x80\x04.")

    assert _add(a_bundle_folder) == 1
    assert "safetensors" in capsys.readouterr().err


def test_bundle_with_an_expression_is_refused(a_bundle_folder, quantseg_home, capsys):
    change_config(a_bundle_folder, {"initialize": ["$import os"]})

    assert _add(a_bundle_folder) == 1
    assert "could run code" in capsys.readouterr().err
    assert not quantseg_home.exists()


def test_name_of_a_shipped_model_cannot_be_taken(a_bundle_folder, capsys):
    assert _add(a_bundle_folder.rename(a_bundle_folder.with_name("hippocampus"))) == 2
    assert "ships with QuantSeg" in capsys.readouterr().err


def test_folder_that_is_no_bundle_is_wrong_use(tmp_path, capsys):
    assert _add(tmp_path) == 2
    assert "no MONAI bundle" in capsys.readouterr().err


def test_adding_again_replaces_the_older_version(a_bundle_folder):
    _add(a_bundle_folder)
    change_config(a_bundle_folder, {"version": "2.0.0"}, METADATA)
    _add(a_bundle_folder)

    assert find_bundle("mymodel").version == "2.0.0"


def test_removed_model_is_gone(a_bundle_folder):
    _add(a_bundle_folder)

    assert main(["models", "remove", "mymodel"]) == 0
    with pytest.raises(ModelError, match="no model 'mymodel'"):
        find_bundle("mymodel")


@pytest.mark.parametrize("name", ["hippocampus", "unknown", "..", "."])
def test_only_an_added_model_can_be_removed(repository, name):
    assert main(["models", "remove", name]) == 2
    assert (repository / "Resources" / "Models" / "hippocampus" / "configs").is_dir()


def test_control_characters_of_a_strangers_licence_are_not_shown(a_bundle_folder, capsys):
    (a_bundle_folder / "LICENSE").write_text("free\x1b[2J\x1b[1;1Hof charge\nsecond line")
    _add(a_bundle_folder)

    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "second line" in shown


def test_a_folder_that_is_no_bundle_is_never_recorded(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("quantseg.models.trust.record_trusted", lambda *_: pytest.fail("it was recorded"))
    assert main(["models", "record", str(tmp_path / "nowhere")]) == 2
    assert "is no MONAI bundle" in capsys.readouterr().err


def test_a_bundle_elsewhere_that_bears_a_shipped_name_is_never_recorded(a_bundle_folder, tmp_path, capsys):
    before, folder = SHIPPED_LIST.read_bytes(), tmp_path / "elsewhere" / "hippocampus"
    shutil.copytree(a_bundle_folder, folder)
    assert main(["models", "record", str(folder)]) == 2
    assert "does not ship with QuantSeg" in capsys.readouterr().err
    assert SHIPPED_LIST.read_bytes() == before
