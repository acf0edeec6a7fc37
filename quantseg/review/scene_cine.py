"""The frames of a scene as the engine's cine, and those of them that a run is given."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from quantseg.errors import InputRefused, UsageError
from quantseg.mrml.sequences import CineNodes, frames_of_cine
from quantseg.mrml.volume_node import volume_of_node
from quantseg.reading.acdc_folder import INFO_NAME
from quantseg.reading.cardiac_spacing import geometry
from quantseg.reading.cine import Cine, CineKind
from quantseg.reading.heart_beat import believable_times_ms
from quantseg.reading.scan import ImageFormat
from quantseg.reading.spacing import HEADER_SPACING
from quantseg.review.engine_run import InputWriter
from quantseg.review.nifti import nifti_image

if TYPE_CHECKING:
    import slicer

_DICOM_ATTRIBUTE = "DICOM.instanceUIDs"


def scene_cine(volume_node: slicer.vtkMRMLScalarVolumeNode, nodes: CineNodes | None) -> Cine:
    """Return all frames of a cine, or a single volume as a cine of one frame.

    Args:
        volume_node: shows the cine, or is the volume.
        nodes: the cine that it belongs to; None for a single volume.

    Raises:
        InputRefused: it is no short-axis stack, or the nodes hold none that can be read rightly.
    """
    if nodes is None:
        volume = volume_of_node(volume_node)
        frames, grid, times_ms = volume.array[None], volume.grid, None
    else:
        frames, grid = frames_of_cine(nodes)
        times_ms = None if nodes.frame_times_ms is None else believable_times_ms(nodes.frame_times_ms)
    from_scanner = bool(volume_node.GetAttribute(_DICOM_ATTRIBUTE))
    try:
        placed, notes = geometry(grid.shape, grid.affine, HEADER_SPACING, directions_known=from_scanner)
    except InputRefused as refusal:
        raise InputRefused(f"{volume_node.GetName()}: {refusal}.") from None
    return Cine.of_all_frames(frames, placed, ImageFormat.SCENE, frame_times_ms=times_ms, notes=notes)


def frames_of_kind(cine: Cine, kind: CineKind, frames: Sequence[int]) -> Cine:
    """Return some frames of a cine.

    Args:
        cine: all frames.
        kind: what the frames show.
        frames: counted from 0; end-diastole and end-systole in this order for a pair.
    """
    if kind is CineKind.CYCLE:
        return cine
    pair = kind is CineKind.ED_AND_ES
    return dataclasses.replace(
        cine,
        frames=cine.frames[list(frames)],
        kind=kind,
        frame_numbers=tuple(cine.frame_numbers[frame] for frame in frames),
        frame_times_ms=None,
        ed_frame=0 if pair else None,
        es_frame=1 if pair else None,
    )


def cine_input(cine: Cine) -> InputWriter:
    """Return what writes a cine, a pair or a single frame for the engine, in the layout in which it reads such.

    Raises:
        UsageError: a pair whose phases are one frame.
    """
    if cine.kind is CineKind.ED_AND_ES and cine.frame_numbers[0] == cine.frame_numbers[1]:
        raise UsageError(
            f"Frame {cine.frame_numbers[0]} is named as both end-diastole and end-systole; choose two frames first."
        )

    def write(folder: Path, name: str) -> Path:
        if cine.kind is CineKind.ED_AND_ES:
            return _write_pair(cine, folder / name)
        path = folder / f"{name}.nii.gz"
        one = cine.kind is CineKind.SINGLE_FRAME
        image = nifti_image(cine.frames[0] if one else np.moveaxis(cine.frames, 0, -1), cine.geometry.affine)
        if cine.frame_times_ms is not None and not one:
            # NIfTI knows one step between frames only; times are read again from the scene afterwards.
            step_ms = float(np.mean(np.diff(cine.frame_times_ms)))
            image.header.set_xyzt_units("mm", "msec")
            image.header.set_zooms((*image.header.get_zooms()[:3], step_ms))
        image.to_filename(path)
        return path

    return write


def _write_pair(cine: Cine, folder: Path) -> Path:
    """Write two frames in the layout of the ACDC challenge."""
    folder.mkdir()
    for number, frame in zip(cine.frame_numbers, cine.frames, strict=True):
        nifti_image(frame, cine.geometry.affine).to_filename(folder / f"{folder.name}_frame{number:02d}.nii.gz")
    ed, es = cine.frame_numbers
    (folder / INFO_NAME).write_text(f"ED: {ed}\nES: {es}\n", encoding="utf-8")
    return folder
