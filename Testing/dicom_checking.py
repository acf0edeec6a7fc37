"""What dciodvfy, which knows nothing of highdicom, finds wrong with DICOM files."""

import re
import shutil
import subprocess
import sys

import pytest

_ERROR = re.compile(r"^Error - (?P<place>.*?) - (?P<what>.*)$")


def errors_of(path) -> set[str]:
    """Return what is wrong with a file, by the attribute that it is wrong with and in which way."""
    program = shutil.which("dciodvfy")
    if program is None and sys.platform != "linux":
        pytest.skip("dciodvfy, which judges DICOM objects, is a package of Linux distributions")
    if program is None:
        pytest.fail("dciodvfy is missing, which judges the DICOM objects; run: apt-get install dicom3tools")
    done = subprocess.run([program, "-new", str(path)], capture_output=True, check=False)
    lines = (done.stdout + done.stderr).decode(errors="replace").splitlines()
    assert lines, f"dciodvfy said nothing about {path.name}"
    return {" ".join(match.groups()) for line in lines if (match := _ERROR.match(line))}
