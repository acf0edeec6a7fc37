"""What stands beside the code: one version everywhere, and files that GitHub and other tools can read."""

import datetime
import importlib.util
import re
import subprocess
import tomllib

import pytest
import yaml

import quantseg

_RELEASE = re.compile(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d{2}-\d{2})$", re.MULTILINE)
_REPOSITORY_URL = "https://github.com/QuantSeg/SlicerQuantSeg"
_FORM_PARTS = {"markdown", "textarea", "input", "dropdown", "checkboxes"}


def loaded(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.fixture
def changelog(repository):
    return (repository / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.fixture
def project(repository):
    return tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_newest_release_of_the_changelog_is_the_version_of_the_code(changelog):
    releases = _RELEASE.findall(changelog)
    assert releases[0][0] == quantseg.__version__
    assert [day for _, day in releases] == sorted((day for _, day in releases), reverse=True)
    assert changelog.index("## [Unreleased]") < changelog.index(f"## [{releases[0][0]}]")


def test_every_tag_of_a_version_has_its_heading_in_the_changelog(repository, changelog):
    command = ["git", "tag", "--list", "v*"]
    tags = subprocess.run(command, cwd=repository, check=True, capture_output=True, encoding="utf-8").stdout.split()
    assert {tag.removeprefix("v") for tag in tags} <= {version for version, _ in _RELEASE.findall(changelog)}


def test_the_changelog_has_the_headings_of_keep_a_changelog(changelog):
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.+)$", changelog, re.MULTILINE)) <= kinds
    headings = re.findall(r"^## \[(.+?)\]", changelog, re.MULTILINE)
    linked = re.findall(r"^\[(.+?)\]: https://", changelog, re.MULTILINE)
    assert headings == linked


def test_the_citation_file_holds_what_its_format_asks_for(repository):
    """The fields of the Citation File Format 1.2.0; ``cff-version``, message, title and authors must be there."""
    citation = loaded(repository / "CITATION.cff")
    known = {
        "abstract", "authors", "cff-version", "commit", "contact", "date-released", "doi", "identifiers", "keywords",
        "license", "license-url", "message", "preferred-citation", "references", "repository", "repository-artifact",
        "repository-code", "title", "type", "url", "version",
    }  # fmt: skip
    assert {"cff-version", "message", "title", "authors"} <= set(citation) <= known
    assert citation["cff-version"] == "1.2.0"
    assert citation["type"] == "software"
    assert citation["version"] == quantseg.__version__
    datetime.date.fromisoformat(citation["date-released"])
    for work in (citation, *citation["references"]):
        assert {"authors", "title"} <= set(work)
        for author in work["authors"]:
            assert set(author) in ({"name"}, {"family-names", "given-names"})
    assert all({"type", "year", "doi"} <= set(reference) for reference in citation["references"])


def test_the_citation_file_names_version_and_day_of_the_newest_release(repository, changelog):
    citation = loaded(repository / "CITATION.cff")
    assert (citation["version"], citation["date-released"]) == _RELEASE.findall(changelog)[0]


@pytest.mark.parametrize("name", ["bug", "feature"])
def test_an_issue_form_is_one_that_github_shows(repository, name):
    form = loaded(repository / ".github" / "ISSUE_TEMPLATE" / f"{name}.yml")
    assert {"name", "description", "body"} <= set(form)
    asked = [part for part in form["body"] if part["type"] != "markdown"]
    assert len({part["id"] for part in asked}) == len(asked) > 0
    for part in form["body"]:
        assert part["type"] in _FORM_PARTS
        assert part["attributes"].get("value" if part["type"] == "markdown" else "label")


def test_the_bug_form_asks_to_send_nothing_of_a_patient(repository):
    body = loaded(repository / ".github" / "ISSUE_TEMPLATE" / "bug.yml")["body"]
    (privacy,) = (part for part in body if part["type"] == "checkboxes")
    assert privacy["attributes"]["options"] == [{"label": "Nothing here identifies a patient.", "required": True}]


def test_the_pre_commit_hooks_run_what_the_tests_run(repository):
    (local,) = loaded(repository / ".pre-commit-config.yaml")["repos"]
    assert local["repo"] == "local"
    entries = {hook["entry"].removeprefix("python -m ") for hook in local["hooks"]}
    assert entries == {"ruff check .", "ruff format --check .", "mypy", "mypy --config-file Testing/stubs/mypy.ini"}
    assert all(hook["language"] == "system" and hook["pass_filenames"] is False for hook in local["hooks"])
    source = (repository / "Testing" / "code_quality" / "test_static_checks.py").read_text(encoding="utf-8")
    for words in entries:
        tool, *rest = words.split()
        assert f'_run("{tool}"' in source
        assert all(f'"{word}"' in source for word in rest)


def test_the_package_says_where_it_comes_from_and_what_it_is_for(project):
    described = project["project"]
    assert set(described["urls"]) >= {"Homepage", "Source", "Issues", "Changelog"}
    assert all(url.startswith(_REPOSITORY_URL) for url in described["urls"].values())
    assert described["keywords"]
    assert "Typing :: Typed" in described["classifiers"]
    assert "version" in described["dynamic"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "quantseg.__version__"}


def test_every_name_of_the_documents_is_a_file_of_the_checkout(repository):
    found = 0
    for name in ("CONTRIBUTING.md", "SECURITY.md", "README.md", "CHANGELOG.md"):
        for link in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", (repository / name).read_text(encoding="utf-8")):
            assert (repository / link).exists(), f"{name}: {link}"
            found += 1
    assert found > 5


@pytest.fixture
def bootstrap(repository):
    """The script that makes the environment, as a module."""
    specification = importlib.util.spec_from_file_location("bootstrap", repository / "bootstrap.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_the_environment_of_the_demo_serves_the_whole_tutorial(bootstrap, project):
    extras = project["project"]["optional-dependencies"]
    (tutorial,) = extras[bootstrap._EXTRAS["demo"]]
    # .seg.nrrd, --scheduler, evaluate and train, tables in Python.
    assert set(re.search(r"\[(.+)\]", tutorial)[1].split(",")) == {"slicer", "cluster", "train", "dataframe"}


@pytest.fixture
def pip_calls(bootstrap, monkeypatch):
    """What is asked of pip, which is not run; PyTorch's own index can be out of reach."""

    def ask(given, nvidia, system="Linux", reachable=True):
        calls = []

        def run(command, **_):
            calls.append(command[command.index("install") + 1 :])
            out_of_reach = bootstrap._CPU_BUILDS in command and not reachable
            return subprocess.CompletedProcess(command, int(out_of_reach))

        monkeypatch.setattr(bootstrap.subprocess, "run", run)
        monkeypatch.setattr(bootstrap.platform, "system", lambda: system)
        monkeypatch.setattr(bootstrap.shutil, "which", lambda _: "/usr/bin/nvidia-smi" if nvidia else None)
        monkeypatch.setattr(bootstrap, "_SIGNS_OF_NVIDIA", ())
        monkeypatch.setattr(bootstrap.venv, "create", lambda *_, **__: None)
        bootstrap._install("tutorial", given)
        return [call[call.index("--index-url") + 1] if "--index-url" in call else "PyPI" for call in calls[:-1]]

    return ask


@pytest.mark.parametrize(
    ("given", "machine", "indices"),
    [
        (None, {"nvidia": False}, ["https://download.pytorch.org/whl/cpu"]),
        (None, {"nvidia": False, "reachable": False}, ["https://download.pytorch.org/whl/cpu", "PyPI"]),
        (None, {"nvidia": True}, ["PyPI"]),
        (None, {"nvidia": False, "system": "Darwin"}, ["PyPI"]),
        ("https://example.org/cu128", {"nvidia": False}, ["https://example.org/cu128"]),
    ],
)
def test_a_machine_without_nvidia_is_spared_the_cuda_build(pip_calls, given, machine, indices):
    assert pip_calls(given, **machine) == indices
