"""The frames of a scene as the engine's cine, and those of them that a run is given."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from quantseg.errors import InputRefused, UsageError
from quantseg.mrml.sequences import CineNodes, add_cine, cine_nodes, frames_of_cine, right_handed
from quantseg.mrml.volume_node import add_volume_node, volume_of_node
from quantseg.reading.scan import CaseInput, ImageFormat
from quantseg.reading.spacing import HEADER_SPACING
from quantseg.results.document import CaseDocument
from quantseg.review.engine_run import InputWriter
from quantseg.review.nifti import nifti_image
from quantseg.tasks.heart.reading.acdc_folder import INFO_NAME
from quantseg.tasks.heart.reading.cardiac_spacing import geometry
from quantseg.tasks.heart.reading.cine import Cine, CineKind
from quantseg.tasks.heart.reading.heart_beat import believable_times_ms
from quantseg.volume import to_canonical

if TYPE_CHECKING:
    import slicer

_DICOM_ATTRIBUTE = "DICOM.instanceUIDs"
_PLACE_TOLERANCE_MM = 1e-2
FRAME_NUMBERS = "frame_numbers"
"""Fact of a result about some frames of a cine: which of them, counted from 1."""
_KIND, _FILE = "QuantSeg.CineKind", "QuantSeg.ImageFile"


def add_heart(cine: Cine, name: str, scene: slicer.vtkMRMLScene, path: Path | None = None) -> slicer.vtkMRMLVolumeNode:
    """Add a heart to a scene: frames as a sequence with its browser, a single frame as a volume.

    Args:
        cine: as read.
        name: of the nodes.
        scene: receives them.
        path: of the file that it was read from, to which labels can be exported exactly.

    Returns:
        the volume node that shows it.
    """
    if cine.kind is CineKind.SINGLE_FRAME:
        volume = add_volume_node(right_handed(cine.frame(0)), name, scene)
        volume.SetAttribute(_FILE, str(path) if path else None)
        return volume
    nodes = add_cine(cine.frames, cine.geometry.affine, cine.frame_times_ms, cine.frame_numbers, name, scene)
    nodes.images.SetAttribute(_KIND, cine.kind.value)
    nodes.images.SetAttribute(_FILE, str(path) if path else None)
    return nodes.volume


def file_of_heart(volume_node: slicer.vtkMRMLScalarVolumeNode) -> Path | None:
    """Return the file that a heart was read from by :func:`add_heart`; None if it came otherwise."""
    nodes = cine_nodes(volume_node)
    named = (volume_node if nodes is None else nodes.images).GetAttribute(_FILE)
    return Path(named) if named else None


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
    cine = Cine.of_all_frames(frames, placed, ImageFormat.SCENE, frame_times_ms=times_ms, notes=notes)
    if nodes is None or nodes.images.GetAttribute(_KIND) != CineKind.ED_AND_ES.value:
        return cine
    numbers = tuple(int(value) for value in nodes.index_values())
    return dataclasses.replace(cine, kind=CineKind.ED_AND_ES, frame_numbers=numbers, ed_frame=0, es_frame=1)


def cine_of_file(scene: Cine, path: Path | None) -> Cine | None:
    """Return a cine as its file has it, in the file's own axis order.

    Args:
        scene: the cine as the scene has it.
        path: of the file; None if nobody knows it.

    Returns:
        None where there is no such file, or it holds other frames by now.
    """
    from quantseg.tasks.heart.reading.cine_reader import read_cine

    if path is None or not path.exists():
        return None
    try:
        cine = read_cine(CaseInput(path.name, path))
    except InputRefused:
        return None
    if len(cine.frames) != len(scene.frames):
        return None
    ours, theirs = (to_canonical(one.frame(0))[0] for one in (scene, cine))
    if ours.array.shape != theirs.array.shape or not np.allclose(ours.affine, theirs.affine, atol=_PLACE_TOLERANCE_MM):
        return None
    same = all(
        np.array_equal(to_canonical(scene.frame(n))[0].array, to_canonical(cine.frame(n))[0].array)
        for n in range(len(cine.frames))
    )
    return cine if same else None


def frames_of_kind(cine: Cine, kind: CineKind, frames: Sequence[int]) -> Cine:
    """Return some frames of a cine.

    Args:
        cine: all frames.
        kind: what the frames show.
        frames: counted from 0; end-diastole and end-systole in this order for a pair.
    """
    if kind is cine.kind:
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


def frames_of_document(cine: Cine, document: CaseDocument) -> tuple[Cine, tuple[int, ...]]:
    """Return those frames of a cine that a document is about, and their places in it.

    Args:
        cine: all frames.
        document: content of ``measurements.json``.
    """
    kind = CineKind(document.facts["input_kind"])
    if kind is cine.kind:
        return cine, tuple(range(len(cine.frames)))
    numbers = [int(number) for number in str(document.facts.get(FRAME_NUMBERS, "1")).split()]
    frames = tuple(cine.frame_numbers.index(number) for number in numbers)
    return frames_of_kind(cine, kind, frames), frames


def cine_input(cine: Cine) -> InputWriter:
    """Return what writes a cine, a pair or a single frame for the engine, in the layout in which it reads such.

    Nothing is packed; see :func:`quantseg.review.engine_run.volume_input`.

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
        path = folder / f"{name}.nii"
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
        nifti_image(frame, cine.geometry.affine).to_filename(folder / f"{folder.name}_frame{number:02d}.nii")
    ed, es = cine.frame_numbers
    (folder / INFO_NAME).write_text(f"ED: {ed}\nES: {es}\n", encoding="utf-8")
    return folder
