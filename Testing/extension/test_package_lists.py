"""What CMake packages is what the checkout holds: a file that is forgotten would be absent without a word."""

import ast
import hashlib
import json
import re
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from quantseg.dependencies import DEPENDENCIES, FOR_CPU, FOR_GPU

_PANELS = ("BrainSeg", "CardiacSeg", "HippoSeg", "MuscleSeg")
_NOT_PACKAGED = {"CMakeLists.txt", "README.md"}
_LIGHT_OPTIONS = re.compile(r"quantseg\.tasks\.(\w+\.)?options")


def tracked(repository, *folders):
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *folders],
        cwd=repository,
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    return {name for name in listed.stdout.splitlines() if (repository / name).is_file()}


def files_below(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_every_file_of_library_panel_and_resources_is_packaged(repository, installed_modules):
    folders = (f"Resources/{name}" for name in ("Atlas", "Models", "SampleData", "Terminologies"))
    library = tracked(repository, "quantseg", "QuantSegLib", *folders)
    panels = {name.partition("/")[2] for name in tracked(repository, *_PANELS)} - _NOT_PACKAGED
    assert library | panels == files_below(installed_modules)


def test_packaged_models_have_the_bytes_that_their_hashes_name(repository, installed_modules):
    for name in tracked(repository, "Resources/Models"):
        assert (installed_modules / name).read_bytes() == (repository / name).read_bytes()


def test_catalog_entry_names_what_cmake_names(repository):
    lists = (repository / "CMakeLists.txt").read_text(encoding="utf-8")
    said = dict(re.findall(r'set\((EXTENSION_\w+) "([^"]*)"\)', lists))
    project = re.search(r"project\((\w+)\)", lists).group(1)
    (path,) = (repository / "Resources" / "ExtensionsIndex").glob("*.json")
    entry = json.loads(path.read_text(encoding="utf-8"))
    assert path.stem == project
    assert not project.startswith("Slicer")
    assert entry["scm_url"].rsplit("/", 1)[1] == f"Slicer{project}"
    assert entry["build_dependencies"] == said["EXTENSION_DEPENDS"].split()
    assert entry["category"] == said["EXTENSION_CATEGORY"]
    assert entry["$schema"].endswith("slicer-extension-catalog-entry-schema-v1.0.2.json#")
    known = {"$schema", "category", "scm_url", "scm_revision", "scm_type", "build_dependencies", "dicom_support_rule"}
    assert set(entry) <= known | {"build_subdirectory", "enabled", "tier"}
    assert 1 <= entry["tier"] <= 5
    assert said["EXTENSION_HOMEPAGE"] == entry["scm_url"]
    assert "License" in said["EXTENSION_DESCRIPTION"]
    assert (repository / "LICENSE.txt").is_file()
    icon, screenshots = said["EXTENSION_ICONURL"], said["EXTENSION_SCREENSHOTURLS"].split()
    assert icon.endswith(".png")
    for url in (icon, *screenshots):
        assert url.endswith((".png", ".jpg", ".webp")), "the catalog shows pictures as a browser does"
        assert (repository / url.split("/main/", 1)[1]).is_file(), f"{url} names no file of the checkout"


def test_dependencies_are_those_of_the_wheel(repository):
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed = [requirement.partition(";")[0] for requirement in project["dependencies"]]
    assert [one.requirement for one in (*FOR_GPU, *FOR_CPU, *DEPENDENCIES)] == listed


def test_the_requirements_for_a_cpu_are_those_of_the_wheel_without_pytorch_and_monai(repository):
    lines = (repository / "requirements-cpu.txt").read_text(encoding="utf-8").splitlines()
    wanted = [line for line in lines if not line.startswith("#")]
    assert wanted == [one.requirement for one in (*FOR_CPU, *DEPENDENCIES)]


@pytest.mark.parametrize(
    ("panel", "first", "starts"),
    [
        ("BrainSeg", "head_t1.nii.gz", ("head_",)),
        ("CardiacSeg", "heart_phantom.nii.gz", ("heart_",)),
        ("HippoSeg", "head_t1.nii.gz", ("head_", "hippocampus_")),
        ("MuscleSeg", "lumbar_drawn_water.nii.gz", ("lumbar_",)),
    ],
)
def test_samples_are_registered_with_the_hashes_of_their_files(repository, panel, first, starts):
    source = (repository / panel / f"{panel}Lib" / "samples.py").read_text(encoding="utf-8")
    (assigned,) = (
        node.value
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and node.targets[0].id == "_SAMPLES"
    )
    samples = [[getattr(part, "value", None) for part in one.elts] for one in assigned.elts]
    shipped = {path.name for path in (repository / "Resources" / "SampleData").glob("*.nii.gz")}
    files = sorted(name for name in shipped if name.startswith(starts))
    assert samples[0][1] == first
    assert sorted(name for _, name, _ in samples) == files
    for _, name, digest in samples:
        assert hashlib.sha256((repository / "Resources" / "SampleData" / name).read_bytes()).hexdigest() == digest


def test_panels_import_nothing_heavy_at_import_scope(repository):
    """Reviewers of the index look for it: a package that is not installed yet must not break the module."""
    allowed = {"slicer", "vtk", "qt", "ctk", "SimpleITK", "numpy", "scipy", "QuantSegLib"}
    allowed |= {f"{panel}Lib" for panel in _PANELS}
    wrong = []
    for path in [path for folder in (*_PANELS, "QuantSegLib") for path in (repository / folder).rglob("*.py")]:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            wrong += [
                f"{path.name}: {n}"
                for n in names
                if not _is_light(n.partition(".")[0], allowed) and not _LIGHT_OPTIONS.fullmatch(n)
            ]
    assert wrong == []


def test_options_of_every_task_are_there_before_any_package_is_installed(repository):
    """Panels make their choices from them as soon as Slicer starts."""
    modules = ["quantseg.tasks.options", *(f"quantseg.tasks.{path.parent.name}.options" for path in _tasks(repository))]
    assert len(modules) >= 3
    # Without site packages nothing but the standard library and the checkout can be imported.
    program = f"import sys; sys.path.insert(0, {str(repository)!r}); import {', '.join(modules)}"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr


def _tasks(repository):
    return sorted((repository / "quantseg" / "tasks").glob("*/options.py"))


def _is_light(package, allowed):
    return package in allowed or package in sys.stdlib_module_names


@pytest.mark.parametrize("panel", _PANELS)
def test_every_widget_of_a_panel_has_a_name_of_its_own(repository, panel):
    shared = repository / "QuantSegLib" / "Resources" / "UI" / "SegmentationPanel.ui"
    names = [
        widget.get("name")
        for path in (shared, repository / panel / "Resources" / "UI" / f"{panel}.ui")
        for widget in ElementTree.parse(path).iter("widget")
    ]
    assert len(names) > 50
    assert len(names) == len(set(names))


def test_icons_are_pictures_of_their_kind(repository):
    for path in (
        *(Path(panel) / "Resources" / "Icons" / f"{panel}.png" for panel in _PANELS),
        Path("Resources/Icons/QuantSeg.png"),
    ):
        assert (repository / path).read_bytes().startswith(b"\x89PNG")


def test_every_picture_that_is_named_is_there(repository):
    named = re.findall(r"main/(Resources/Screenshots/[\w.]+)", (repository / "CMakeLists.txt").read_text())
    assert len(named) >= 6
    for page in ("README.md", *(f"{panel}/README.md" for panel in _PANELS)):
        folder = (repository / page).parent
        named += [folder / picture for picture in re.findall(r'<img src="([^"]+)"', (repository / page).read_text())]
    for picture in named:
        assert (repository / picture).read_bytes().startswith((b"\x89PNG", b"RIFF")), picture
