"""Rules that hold for all the code: lint, format, types, layers, sizes."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

_MEBIBYTE = 1024 * 1024
_LONGEST_FILE_LINES = 350

# Imports point downwards only: a module may import from groups of a lower level, and from its own group.
_LEVELS = {
    # Below the errors, whose messages it escapes.
    "printable": -1,
    "errors": 0,
    "resources": 0,
    "child_process": 0,
    "hardware": 0,
    "importing": 0,
    "dependencies": 1,
    "volume": 1,
    "reading": 2,
    "measure": 2,
    "models": 2,
    "inference": 3,
    # What several tasks know of a brain.
    "brain": 3,
    "mrml": 3,
    "results": 4,
    # Names of files, by which reading knows what QuantSeg itself wrote.
    "results.layout": 1,
    # A durable queue, which knows nothing of what it queues.
    "jobs": 1,
    "evaluation": 5,
    # A finished case as DICOM objects.
    "dicom": 5,
    # Corrects, compares and exports cases in a scene, which panels show.
    "review": 6,
    "training": 6,
    # What a task is, made of what the rooms below offer; then the tasks themselves, each of which stands alone.
    "tasks": 4,
    "tasks.options": 4,
    "tasks.learning": 7,
    "tasks.contract": 8,
    "tasks.hippocampus": 9,
    "tasks.heart": 9,
    "tasks.brain_tissue": 9,
    "tasks.brain_age": 9,
    "tasks.dementia": 9,
    "tasks.lumbar_muscle": 9,
    "tasks.low_dose_pet": 9,
    "tasks.registry": 9,
    # Given a task's record, or its name.
    "batch": 10,
    "api": 11,
    # Faces: the hospital node, and the command above all of them.
    "node": 11,
    "web": 11,
    "cli": 12,
}
_QT = {"qt", "ctk", "PythonQt", "PyQt5", "PyQt6", "PySide2", "PySide6"}
_SCENE = {"slicer", "vtk", "vtkmodules", "mrml", "MRMLCorePython"}
_OF_PANELS = ("--config-file", "Testing/stubs/mypy.ini")
_ENTRY_MODULES = {"quantseg.__main__", "quantseg.cli"}


def _run(*command: str, cwd: Path) -> None:
    found = subprocess.run(
        [sys.executable, "-m", *command], cwd=cwd, capture_output=True, encoding="utf-8", check=False
    )
    assert found.returncode == 0, f"{' '.join(command)}:\n{found.stdout[-6000:]}{found.stderr[-2000:]}"


def _modules(repository: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted((repository / "quantseg").rglob("*.py")):
        parts = path.relative_to(repository).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def _imports(path: Path) -> Iterator[str]:
    """Yield the full name of everything that a file imports, at any depth."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively; name the module in full."
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _group(module: str) -> str | None:
    """Return the longest entry of the table that a module of ``quantseg`` belongs to; None for the package itself."""
    parts = module.split(".")[1:]
    for length in (2, 1):
        name = ".".join(parts[:length])
        if len(parts) >= length and name in _LEVELS:
            return name
    return None


def test_lint_finds_nothing(repository):
    _run("ruff", "check", "--no-cache", ".", cwd=repository)


def test_the_format_is_ruffs(repository):
    _run("ruff", "format", "--check", "--no-cache", ".", cwd=repository)


def test_types_fit(repository):
    _run("mypy", cwd=repository)


def test_types_of_the_panels_fit_what_slicer_offers(repository):
    _run("mypy", *_OF_PANELS, cwd=repository)


def test_a_wrong_call_of_a_panel_would_be_found(repository, tmp_path):
    wrong = tmp_path / "wrong.py"
    wrong.write_text(
        "import slicer\n"
        "from QuantSegLib.panelLogic import PanelLogic\n"
        "def f():\n"
        "    from quantseg.review.approval import approve\n"
        "    slicer.mrmlScene.AddNodeByClass('vtkMRMLTableNode')\n"
        "    PanelLogic().process()\n"
        "    approve('hash', reviewer=3)\n"
    )
    command = [sys.executable, "-m", "mypy", *_OF_PANELS, str(wrong)]
    found = subprocess.run(command, cwd=repository, capture_output=True, encoding="utf-8", check=False).stdout
    assert '"vtkMRMLScene" has no attribute "AddNodeByClass"' in found
    assert 'Missing positional argument "inputVolume"' in found
    assert 'Argument "reviewer" to "approve" has incompatible type "int"' in found


def test_every_part_of_the_engine_has_its_level(repository):
    unplaced = [name for name, _ in _modules(repository) if "." in name and _group(name) is None]
    assert [name for name in unplaced if name not in _ENTRY_MODULES] == []


def test_imports_point_downwards_only(repository):
    wrong = []
    for module, path in _modules(repository):
        own = _group(module)
        if own is None:
            continue
        for imported in _imports(path):
            other = _group(imported) if imported.startswith("quantseg.") else None
            if other is not None and other != own and _LEVELS[other] >= _LEVELS[own]:
                wrong.append(f"{module} imports {imported}")
    assert wrong == []


def test_the_engine_never_imports_qt(repository):
    wrong = [f"{m}: {name}" for m, path in _modules(repository) for name in _imports(path) if name.split(".")[0] in _QT]
    assert wrong == []


def test_scipy_which_comes_with_training_alone_is_imported_by_training_and_evaluation_alone(repository):
    wrong = [
        f"{module}: {name}"
        for module, path in _modules(repository)
        for name in _imports(path)
        if name.split(".")[0] == "scipy" and not {"training", "evaluation"} & set(module.split("."))
    ]
    assert wrong == []


def test_only_mrml_and_what_stands_above_it_import_slicer(repository):
    wrong = [
        f"{module}: {name}"
        for module, path in _modules(repository)
        for name in _imports(path)
        if name.split(".")[0] in _SCENE
        and not module.startswith(("quantseg.mrml", "quantseg.review"))
        and not re.match(r"quantseg\.tasks\.\w+\.review\b", module)
    ]
    assert wrong == []


def test_files_stay_small_enough_to_read(repository):
    panels = ("HippoSeg", "CardiacSeg", "BrainSeg", "MuscleSeg", "QuantSegLib")
    folders = (repository / name for name in ("quantseg", "Testing", *panels))
    lengths = {
        str(path.relative_to(repository)): len(path.read_text(encoding="utf-8").splitlines())
        for folder in folders
        for path in folder.rglob("*.py")
    }
    assert {path: lines for path, lines in lengths.items() if lines > _LONGEST_FILE_LINES} == {}


@pytest.mark.parametrize(
    ("folder", "limit_mib"), [("Models", 25), ("SampleData", 10), ("Screenshots", 5), ("Icons", 1)]
)
def test_resources_stay_within_their_budget(repository, folder, limit_mib):
    """The Extensions Index allows 100 MB for a checkout with its history."""
    size = sum(path.stat().st_size for path in (repository / "Resources" / folder).rglob("*") if path.is_file())
    assert size <= limit_mib * _MEBIBYTE


def test_a_wrong_import_would_be_found(tmp_path):
    source = tmp_path / "module.py"
    source.write_text("def f():\n    from quantseg.cli import main\n    import quantseg.results.case\n")
    assert list(_imports(source)) == ["quantseg.cli.main", "quantseg.results.case"]
    assert [_group(name) for name in _imports(source)] == ["cli", "results"]
    assert _group("quantseg.volume.geometry.Grid") == "volume"
    assert _group("quantseg") is None
