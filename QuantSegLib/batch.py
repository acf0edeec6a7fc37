"""QuantSeg's command line in Slicer, without any window: same arguments, files and exit status as ``quantseg``.

    PythonSlicer .../QuantSegLib/batch.py segment hippocampus SCAN.nii.gz -o results
    Slicer --no-splash --no-main-window --python-script .../QuantSegLib/batch.py -- segment hippocampus SCAN -o results

Nothing is installed and nothing is asked: where a package is missing, the exit status is 2 and the command that
installs it is printed.
"""

import sys
from pathlib import Path

EXIT_WRONG_USE = 2


def main(arguments):
    """Run the command and return its exit status."""
    # quantseg lies beside this package. The script's own folder, which Python puts first, would let its files stand
    # in for other packages of their names.
    own = Path(__file__).resolve().parent
    sys.path[:] = [str(own.parent), *(folder for folder in sys.path if Path(folder or ".").resolve() != own)]
    from quantseg.dependencies import installation_command, missing_dependencies, unsupported_machine

    unsupported = unsupported_machine()
    if unsupported:
        print(f"quantseg: {unsupported}", file=sys.stderr)
        return EXIT_WRONG_USE
    missing = missing_dependencies()
    if missing:
        names = ", ".join(one.requirement for one in missing)
        print(f"quantseg: {names} must be installed first; this command does it:", file=sys.stderr)
        print(installation_command(_python(), missing), file=sys.stderr)
        return EXIT_WRONG_USE
    from quantseg.child_process import end_with_parent
    from quantseg.cli.main import main as run_command

    end_with_parent()

    try:
        return run_command(arguments)
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)


def _python():
    """Return the interpreter that installs for this one: PythonSlicer beside Slicer, or the one that runs."""
    import shutil

    return shutil.which("PythonSlicer") or sys.executable


def _leave(status):
    """End with a status: Slicer goes on with its event loop after a script unless it is told to leave."""
    slicer = sys.modules.get("slicer")
    if slicer is not None and hasattr(slicer, "app"):
        sys.stdout.flush()
        sys.stderr.flush()
        slicer.util.exit(status)
    else:
        sys.exit(status)


if __name__ == "__main__":
    _leave(main([argument for argument in sys.argv[1:] if argument != "--"]))
