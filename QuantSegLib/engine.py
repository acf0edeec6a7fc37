"""QuantSeg's command as a process of Slicer's own Python."""

import os
import shutil
from pathlib import Path

import slicer

_SCRIPT = Path(__file__).with_name("batch.py")


def slicerEngine():
    """Return how to start QuantSeg from within Slicer.

    The child gets the script's full path, and finds quantseg beside it: Slicer's additional module paths are not
    known to it.

    :return: quantseg.review.engine_run.Engine
    """
    from quantseg.review.engine_run import Engine

    # Slicer's own environment, in which PythonSlicer finds its libraries whether or not it is a launcher.
    return Engine((pythonSlicer(), str(_SCRIPT)), dict(os.environ))


def pythonSlicer():
    """Return the path of Slicer's Python."""
    found = shutil.which("PythonSlicer")
    if found:
        return found
    name = "PythonSlicer.exe" if os.name == "nt" else "PythonSlicer"
    path = Path(slicer.app.slicerHome) / "bin" / name
    if not path.is_file():
        raise RuntimeError(f"Slicer's Python was not found at {path}; reinstall Slicer.")
    return str(path)
