"""What is missing is known without importing it, and said with size and purpose."""

from importlib import metadata

import pytest

from quantseg import dependencies
from quantseg.dependencies import FOR_GPU, installation_in_words, missing_dependencies


def test_nothing_is_missing_in_the_environment_of_the_tests():
    assert missing_dependencies() == ()


@pytest.mark.parametrize(
    ("found", "is_missing"),
    [
        ("2.8", False),
        ("2.8.0", False),
        ("2.13.0+cpu", False),
        ("2.8.0rc1", False),
        ("3", False),
        ("2.7.9", True),
        ("1.13.1", True),
        ("unknown", True),
    ],
)
def test_versions_are_compared_number_by_number(monkeypatch, found, is_missing):
    real = metadata.version
    monkeypatch.setattr(dependencies, "accelerator_in_sight", lambda: True)
    monkeypatch.setattr(metadata, "version", lambda name: found if name == "torch" else real(name))
    assert [one.name for one in missing_dependencies()] == (["torch"] if is_missing else [])


@pytest.mark.parametrize(
    ("accelerator", "installed", "missing"),
    [
        (False, {"openvino"}, []),
        (False, {"torch", "monai"}, []),
        (False, set(), ["openvino"]),
        (False, {"torch"}, ["openvino"]),
        (True, {"openvino"}, ["torch", "monai"]),
        (True, {"torch", "monai"}, []),
    ],
)
def test_a_processor_asks_for_openvino_and_a_graphics_processor_for_pytorch(
    monkeypatch, accelerator, installed, missing
):
    real = metadata.version

    def version(name):
        if name in {"torch", "monai", "openvino"} - installed:
            raise metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(dependencies, "accelerator_in_sight", lambda: accelerator)
    monkeypatch.setattr(dependencies, "openvino_has_a_wheel", lambda: True)
    monkeypatch.setattr(metadata, "version", version)
    assert [one.name for one in missing_dependencies()] == missing


def test_words_hold_size_and_purpose_of_each_and_the_sum():
    words = installation_in_words(FOR_GPU)
    assert "torch>=2.8 (about 200 MB): runs the networks" in words
    assert "Together about 203 MB" in words
