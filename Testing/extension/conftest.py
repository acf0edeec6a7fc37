"""The extension as CMake lays it out, in a folder away from the checkout."""

import subprocess
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def installed_modules(repository: Path, tmp_path_factory) -> Path:
    """The folder ``qt-scripted-modules`` that the real CMake lists make, with Slicer's macros stood in for."""
    from cmake import CMAKE_BIN_DIR

    build = tmp_path_factory.mktemp("extension build")
    command = [str(Path(CMAKE_BIN_DIR) / "cmake"), "-S", str(repository), "-B", str(build)]
    command += [f"-DSlicer_DIR={Path(__file__).parent / 'standin_cmake'}", "-DBUILD_TESTING=ON", "-Wno-dev"]
    # The project names no languages, as the index's template does; nothing is compiled.
    command += ["-DCMAKE_C_COMPILER_WORKS=1", "-DCMAKE_CXX_COMPILER_WORKS=1", "-DCMAKE_POLICY_VERSION_MINIMUM=3.5"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return build / "lib" / "Slicer-5.12" / "qt-scripted-modules"
