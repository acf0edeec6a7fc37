"""A patient's folder in the layout of the ACDC challenge: two frames, and ``Info.cfg`` that says which they are.

Layout: Bernard et al., IEEE Transactions on Medical Imaging 37 (2018) 2514-2525, https://www.creatis.insa-lyon.fr/Challenge/acdc.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from quantseg.errors import InputRefused
from quantseg.reading.spacing import SpacingChoice
from quantseg.tasks.heart.reading.cine import Cine, CineKind
from quantseg.tasks.heart.reading.cine_nifti import read_cine_nifti
from quantseg.tasks.heart.reading.heart_beat import believable_body, stated_number

INFO_NAME = "Info.cfg"

_FRAME_NAME = re.compile(r"frame0*(\d+)\.nii(\.gz)?", re.IGNORECASE)
_TRUTH_NAME = re.compile(r"_gt\.nii(\.gz)?", re.IGNORECASE)
_SAME_AFFINE_MM = 1e-3


def is_truth(path: Path) -> bool:
    """Tell whether a file's name is that of a frame's true labels, which are no image."""
    return _TRUTH_NAME.search(path.name) is not None


def read_acdc_folder(folder: Path, spacing: SpacingChoice) -> Cine:
    """Read the two frames of a patient's folder: end-diastole first, end-systole second.

    ``Info.cfg`` alone decides which frames these are. True labels (``_gt``) and other images beside them are left
    alone.

    Args:
        folder: holds ``Info.cfg`` and the frames.
        spacing: the user's word on the spacing.

    Returns:
        the cine of two frames, not yet looked at by the guard.

    Raises:
        InputRefused: ``Info.cfg`` does not say which frames to take, one is absent or there twice, they differ in
            their grids, or one cannot be read rightly.
    """
    info = read_acdc_info(folder / INFO_NAME)
    numbers = acdc_frame_number(info, "ED"), acdc_frame_number(info, "ES")
    if numbers[0] == numbers[1]:
        raise InputRefused(f"{INFO_NAME} names frame {numbers[0]} for both ED and ES, expected two frames; correct it")
    ed, es = (_read_frame(folder, number, spacing) for number in numbers)
    _refuse_unlike(ed, es)
    return replace(
        ed,
        frames=np.concatenate([ed.frames, es.frames]),
        kind=CineKind.ED_AND_ES,
        frame_numbers=numbers,
        ed_frame=0,
        es_frame=1,
        body=believable_body(stated_number(info.get("height")), stated_number(info.get("weight"))),
        notes=tuple(dict.fromkeys(ed.notes + es.notes)),
    )


def read_acdc_info(path: Path) -> dict[str, str]:
    """Return the fields of an ``Info.cfg`` by their names in lower case.

    Raises:
        InputRefused: the file cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        raise InputRefused(f"{INFO_NAME} cannot be read; copy the folder again") from None
    pairs = (line.partition(":") for line in lines if ":" in line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def acdc_frame_number(info: Mapping[str, str], phase: str) -> int:
    """Return the number of the frame that ``Info.cfg`` names for a phase, "ED" or "ES".

    Raises:
        InputRefused: it names none.
    """
    text = info.get(phase.lower(), "")
    if not text.isdecimal():
        raise InputRefused(f'{INFO_NAME} does not name the {phase} frame, expected a line such as "{phase}: 1"')
    return int(text)


def _read_frame(folder: Path, number: int, spacing: SpacingChoice) -> Cine:
    matching = [path for path in sorted(folder.iterdir()) if _has_number(path, number)]
    if len(matching) != 1:
        found = "none" if not matching else str(len(matching))
        raise InputRefused(
            f"{INFO_NAME} names frame {number}, and the folder holds {found} of that number, expected one file that "
            f"ends in frame{number:02d}.nii.gz; copy the folder again"
        )
    try:
        frame = read_cine_nifti(matching[0], spacing)
    except InputRefused as refusal:
        raise InputRefused(f"frame {number}: {refusal}") from None
    if frame.kind is not CineKind.SINGLE_FRAME:
        raise InputRefused(f"frame {number}: the file holds {len(frame.frames)} frames, expected one; extract it")
    return frame


def _has_number(path: Path, number: int) -> bool:
    match = None if path.name.startswith(".") else _FRAME_NAME.search(path.name)
    return match is not None and match.end() == len(path.name) and int(match.group(1)) == number


def _refuse_unlike(ed: Cine, es: Cine) -> None:
    shapes = ["×".join(str(n) for n in cine.grid.shape) for cine in (ed, es)]
    if shapes[0] != shapes[1]:
        raise InputRefused(f"the ED frame has {shapes[0]} voxels and the ES frame {shapes[1]}, expected one grid")
    if not np.allclose(ed.geometry.affine, es.geometry.affine, rtol=0, atol=_SAME_AFFINE_MM):
        raise InputRefused(
            "the ED and ES frames lie at different places or have different spacings, expected one grid; convert them "
            "again from one cine"
        )
