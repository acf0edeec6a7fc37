"""Where models, terminologies and sample data lie, in a source checkout and in an installed wheel alike."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def resources_folder() -> Path:
    """Return the folder that holds ``Models``, ``Terminologies`` and ``SampleData``.

    Raises:
        FileNotFoundError: the installation is incomplete.
    """
    candidates = (_PACKAGE / "_resources", _PACKAGE.parent / "Resources")
    for folder in candidates:
        if (folder / "Models").is_dir():
            return folder
    raise FileNotFoundError(f"QuantSeg's models are missing; expected them in one of {[str(c) for c in candidates]}.")
