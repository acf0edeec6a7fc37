"""The recipe of the container, as far as it can be judged where no container engine runs."""

import json
import re
import shlex
import tomllib
from dataclasses import dataclass

import pytest

from quantseg.cli.main import main
from quantseg.tasks.registry import TASKS

_FOLDER = "Resources/Container"
_KNOWN = {"FROM", "RUN", "COPY", "ENV", "USER", "ENTRYPOINT", "CMD"}


@dataclass
class Instruction:
    name: str
    words: list[str]

    @property
    def text(self):
        return " ".join(self.words)


@pytest.fixture(scope="module")
def recipe(repository) -> list[Instruction]:
    """The instructions, with lines that go on put together and comments left out."""
    text = (repository / _FOLDER / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    whole = re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines()
    found = [Instruction(line.split()[0], line.split()[1:]) for line in whole]
    assert {one.name for one in found} <= _KNOWN
    assert found[0].name == "FROM"
    return found


def _all(recipe, name):
    return [one for one in recipe if one.name == name]


def test_what_is_copied_is_in_the_clone_or_is_the_wheel(recipe, repository):
    (copied,) = _all(recipe, "COPY")
    *sources, target = copied.words
    wheel = sources.pop()
    assert wheel == "dist/quantseg-*.whl"
    assert all((repository / source).is_file() for source in sources)
    installed = " ".join(one.text for one in _all(recipe, "RUN"))
    for source in (*sources, wheel):
        assert target + source.rpartition("/")[2] in installed


def test_what_is_installed_is_what_the_project_asks_for(recipe, repository):
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = set(project["optional-dependencies"]["dicom"])
    run = next(one.text for one in _all(recipe, "RUN") if "pip install" in one.text)
    named = {word for word in shlex.split(run) if re.match(r"[a-z]+[<>=]=", word)}
    assert named == asked
    pinned = (repository / "constraints.txt").read_text(encoding="utf-8")
    assert "highdicom==" in pinned
    # The wheel alone: its own requirements would bring PyTorch's build for graphics processors.
    assert "--no-deps /opt/quantseg/quantseg-*.whl" in run


def test_it_runs_as_an_ordinary_user_and_writes_nowhere_but_where_it_may(recipe):
    last = [one for one in recipe if one.name == "USER"]
    assert len(last) == 1
    user = last[0].words[0].partition(":")[0]
    assert int(user) > 0
    after = recipe[recipe.index(last[0]) :]
    assert not [one for one in after if one.name in ("RUN", "COPY")]
    environment = dict(word.split("=", 1) for word in _all(recipe, "ENV")[0].words)
    assert {environment[name].split("/")[1] for name in ("HOME", "QUANTSEG_HOME")} == {"tmp"}
    assert environment["PYTHONDONTWRITEBYTECODE"] == "1"


def test_its_command_is_one_that_quantseg_has(recipe, repository, capsys):
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    program, *verb = json.loads(_all(recipe, "ENTRYPOINT")[0].text)
    (task,) = json.loads(_all(recipe, "CMD")[0].text)
    assert program in project["scripts"]
    assert task in TASKS
    with pytest.raises(SystemExit) as ended:
        main([*verb, task, "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    environment = dict(word.split("=", 1) for word in _all(recipe, "ENV")[0].words)
    for variable in ("MERCURE_IN_DIR", "MERCURE_OUT_DIR"):
        assert f"${variable}" in said
        assert environment[variable].startswith("/")
