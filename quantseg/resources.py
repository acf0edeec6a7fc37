"""Where models, terminologies and sample data lie, in a source checkout and in an installed wheel alike."""

import json
from pathlib import Path
from typing import Any

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


def shipped_configurations(bundle: str, name: str) -> dict[str, Any]:  # Configurations hold whatever JSON does.
    """Return a configuration of a bundle that ships with QuantSeg.

    Args:
        bundle: its name.
        name: of the file in ``configs``, without its ending.
    """
    path = resources_folder() / "Models" / bundle / "configs" / f"{name}.json"
    return dict(json.loads(path.read_text(encoding="utf-8")))
