"""What is missing is known without importing it, and said with size and purpose."""

from importlib import metadata

import pytest

from quantseg.dependencies import DEPENDENCIES, installation_in_words, missing_dependencies


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
    monkeypatch.setattr(metadata, "version", lambda name: found if name == "torch" else real(name))
    assert [one.name for one in missing_dependencies()] == (["torch"] if is_missing else [])


def test_words_hold_size_and_purpose_of_each_and_the_sum():
    words = installation_in_words(DEPENDENCIES[:2])
    assert "torch>=2.8 (about 200 MB): runs the networks" in words
    assert "Together about 203 MB" in words
