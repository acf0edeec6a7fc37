"""OpenVINO serves without telling anybody, and compiled networks are kept where that is possible."""

import subprocess
import sys

import numpy as np
import pytest

from quantseg.inference import compiled_cache
from quantseg.inference.compiled_cache import keep_network, kept_network
from quantseg.inference.device import Backend, Precision, choose_device
from quantseg.inference.ensemble import Ensemble
from quantseg.models.bundle import find_bundle
from quantseg.models.home import HOME_VARIABLE, cache_folder

_CPU = choose_device("cpu", Precision.FLOAT32, Backend.OPENVINO)
_IMAGE = np.random.default_rng(0).random((40, 56, 40), np.float32)

_SILENT = """
import sys
from quantseg.inference.openvino_library import openvino_core
openvino_core()
print(sorted(name for name in sys.modules if "telemetry" in name or name.startswith("openvino.tools.ovc")))
"""


def test_an_import_of_openvino_sends_nothing_and_leaves_no_trace_at_home(repository, tmp_path):
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(repository), "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", _SILENT], env=environment, capture_output=True, encoding="utf-8", check=False, timeout=60
    )

    assert done.stdout.strip() == "[]", done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    return tmp_path / "cache" / "networks"


def _answer():
    bundle = find_bundle("hippocampus")
    return Ensemble(bundle, _CPU, bundle.members[:1]).predict(_IMAGE)


def _refuse_to_compile(*_):
    raise AssertionError("a kept network was compiled again")


def test_a_network_that_was_kept_answers_alike_and_is_not_compiled_again(own_cache, monkeypatch):
    first = _answer()
    assert len(list(own_cache.iterdir())) == 1
    monkeypatch.setattr("quantseg.inference.openvino_network._compiled", _refuse_to_compile)

    assert np.array_equal(_answer(), first)


@pytest.mark.parametrize(
    "damage", [lambda _: b"", lambda content: content[:-1], lambda content: content[:99] + content]
)
def test_a_kept_network_that_is_damaged_is_compiled_anew(own_cache, damage):
    first = _answer()
    (kept,) = own_cache.iterdir()
    kept.write_bytes(damage(kept.read_bytes()))

    assert np.array_equal(_answer(), first)


def test_a_kept_network_in_another_ones_place_is_passed_over(own_cache):
    for key in ("one", "other"):
        keep_network(key, key.encode())
    first, second = own_cache.iterdir()
    first.write_bytes(second.read_bytes())

    assert {kept_network("one"), kept_network("other")} in ({None, b"one"}, {None, b"other"})


@pytest.mark.usefixtures("own_cache")
def test_a_cache_that_may_only_be_read_serves(monkeypatch):
    keep_network("key", b"compiled")

    def refuse(_path):
        raise PermissionError

    monkeypatch.setattr(compiled_cache.os, "utime", refuse)
    assert kept_network("key") == b"compiled"


def test_what_openvino_cannot_read_back_is_compiled_anew(own_cache, monkeypatch):
    monkeypatch.setattr("quantseg.inference.openvino_network.kept_network", lambda _: b"of a version to come")

    assert _answer().shape == (1, 3, *_IMAGE.shape)
    assert own_cache.is_dir()


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "file" / "home"))

    keep_network("key", b"compiled")

    assert kept_network("key") is None
    assert _answer().shape == (1, 3, *_IMAGE.shape)


def test_a_user_without_any_home_has_no_cache(monkeypatch):
    for variable in (HOME_VARIABLE, "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("os.path.expanduser", lambda path: path)

    keep_network("key", b"compiled")

    assert cache_folder().is_absolute()
    assert kept_network("key") is None


def test_what_was_not_used_for_long_is_dropped(own_cache, monkeypatch):
    keep_network("old", b"compiled")
    monkeypatch.setattr(compiled_cache, "_KEPT_UNUSED_SECONDS", -5)
    keep_network("other", b"compiled")

    assert list(own_cache.iterdir()) == []
