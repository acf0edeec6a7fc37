"""What is a task's alone lies in its folder: the other rooms of the engine hold the name of none."""

import re

from quantseg.tasks.registry import IN_TRAINING, TASKS

# Parts of the body by which a task is called in other words than its name.
_OTHER_WORDS = ("hippocamp", "heart", "cardiac")
# Beside the registry, data that name what ships: bundles and their hashes.
_MAY_NAME_TASKS = {"quantseg/tasks/registry.py", "quantseg/models/trusted.json"}


def _pattern():
    names = (re.escape(name).replace(r"\-", "[-_ ]?") for name in (*TASKS, *IN_TRAINING))
    return re.compile("|".join([*names, *_OTHER_WORDS]), re.IGNORECASE)


def test_generic_rooms_hold_no_tasks_name(repository):
    folders = {reference.split(":")[0].split(".")[2] for reference in (*TASKS.values(), *IN_TRAINING.values())}
    found, looked_at = [], 0
    for path in sorted((repository / "quantseg").rglob("*")):
        place = path.relative_to(repository).as_posix()
        of_a_task = place.startswith(tuple(f"quantseg/tasks/{folder}/" for folder in folders))
        if path.suffix not in (".py", ".jinja", ".json") or of_a_task or place in _MAY_NAME_TASKS:
            continue
        looked_at += 1
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            # An example of a call cannot do without the name of a task.
            if _pattern().search(line) and ">>>" not in line:
                found.append(f"{place}:{number}: {line.strip()}")

    assert looked_at > 100
    assert found == []


def test_a_name_would_be_found():
    for text in ("HEART_MODEL", "the left hippocampus", "cardiac_output"):
        assert _pattern().search(text)
    assert not _pattern().search("the liver")
