"""GitHub's workflow is well-formed, covers each system and Python, and runs what README says; it has never run."""

import re

import pytest
import yaml

_CLASSIFIER = "Programming Language :: Python :: 3."
_EXPRESSION = re.compile(r"\$\{\{\s*([\w.]+)\s*\}\}")


@pytest.fixture(scope="module")
def workflow(repository):
    return yaml.safe_load((repository / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8"))


def test_every_job_has_a_machine_and_steps_that_use_or_run_something(workflow):
    assert set(workflow) <= {"name", True, "permissions", "concurrency", "env", "defaults", "jobs"}  # "on" is True.
    assert set(workflow[True]) == {"push", "pull_request"}
    assert workflow["permissions"] == {"contents": "read"}
    assert set(workflow["jobs"]) == {"tests", "documentation"}
    for name, job in workflow["jobs"].items():
        assert job["runs-on"], name
        assert job["timeout-minutes"] > 0
        assert job["steps"][0]["uses"].startswith("actions/checkout@v")
        for step in job["steps"]:
            assert ("uses" in step) != ("run" in step), step
            assert set(step) <= {"name", "id", "if", "uses", "with", "run", "env", "shell"}, step
            if "uses" in step:
                assert re.fullmatch(r"[\w-]+/[\w-]+@v\d+", step["uses"])


def test_the_matrix_is_each_system_with_each_python_that_the_package_names(workflow, repository):
    matrix = workflow["jobs"]["tests"]["strategy"]["matrix"]
    assert matrix["system"] == ["ubuntu-latest", "macos-latest", "windows-latest"]
    project = (repository / "pyproject.toml").read_text(encoding="utf-8")
    named = re.findall(rf'"{re.escape(_CLASSIFIER)}(\d+)"', project)
    assert matrix["python"] == [f"3.{minor}" for minor in named] == ["3.11", "3.12", "3.13"]
    assert all(one["system"] in matrix["system"] for one in matrix["include"])


def test_every_value_of_the_matrix_that_is_used_exists(workflow):
    job = workflow["jobs"]["tests"]
    known = {
        "matrix.system",
        "matrix.python",
        *(f"matrix.{key}" for one in job["strategy"]["matrix"]["include"] for key in one),
    }
    used = set(_EXPRESSION.findall(str(job)))
    assert "matrix.python" in used
    assert used <= known


def test_the_tests_are_readmes_own_command(workflow, repository):
    runs = [step["run"] for step in workflow["jobs"]["tests"]["steps"] if "run" in step]
    assert runs[-1].startswith("python bootstrap.py test")
    assert "python3 bootstrap.py test" in (repository / "README.md").read_text(encoding="utf-8")
    assert "--torch-index" in (repository / "bootstrap.py").read_text(encoding="utf-8")


def test_the_documentation_is_built_with_its_extra(workflow):
    runs = "\n".join(step.get("run", "") for step in workflow["jobs"]["documentation"]["steps"])
    assert '--editable ".[docs]"' in runs
    assert "python -m mkdocs build" in runs


def test_readme_says_that_no_job_of_it_has_run(repository):
    limits = (repository / "README.md").read_text(encoding="utf-8").partition("## Limits")[2].partition("\n## ")[0]
    assert "`.github/workflows/tests.yml`" in limits
    assert "has never run" in limits
