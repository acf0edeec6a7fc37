"""A heart in a scene: the frames of a cine, or a single one, with a segmentation each, corrected frame by frame."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from quantseg.errors import UsageError
from quantseg.measure.segments import Segment
from quantseg.mrml.segmentation_node import labels_of_node, set_edited, set_reference_geometry, write_segments
from quantseg.mrml.sequences import CineNodes, cine_nodes
from quantseg.results.case import CaseResult
from quantseg.results.reading_back import WrittenCine
from quantseg.review.approval import labels_hash
from quantseg.review.image_of_result import OtherImage, refuse_frame_of_cine
from quantseg.review.reviewed_case import ReviewedCase
from quantseg.tasks.heart.correcting import AS_FOUND, MeasuringChoices, corrected
from quantseg.tasks.heart.end_slices import EndSlices
from quantseg.tasks.heart.reading.cine import Cine, CineKind
from quantseg.tasks.heart.review.scene_cine import FRAME_NUMBERS, cine_of_file, frames_of_kind, scene_cine
from quantseg.volume import Volume

if TYPE_CHECKING:
    import slicer

_FRAMES, _CHOICES = "QuantSeg.Frames", "QuantSeg.MeasuringChoices"
_DIGITS = 12


class HeartCase(ReviewedCase):
    """What is known of a heart; kept by the sequence of segmentations, or by the segmentation of a single volume.

    Args:
        volume_node: shows the cine, or is a single volume.
        segmentation_node: shows the labels of the same frame, or belongs to the single volume.

    Raises:
        OtherImage: the segmentation does not belong to the cine.
    """

    def __init__(
        self, volume_node: slicer.vtkMRMLScalarVolumeNode, segmentation_node: slicer.vtkMRMLSegmentationNode
    ) -> None:
        self.nodes: CineNodes | None = cine_nodes(volume_node)
        sequence = None if self.nodes is None else self.nodes.labels_sequence(segmentation_node)
        if self.nodes is not None and sequence is None:
            raise OtherImage(
                f"{segmentation_node.GetName()} is not one of the cine {volume_node.GetName()}; choose none, and a "
                "segmentation of every frame is made."
            )
        if self.nodes is None:
            refuse_frame_of_cine(segmentation_node, volume_node)
        super().__init__(volume_node, segmentation_node, keeper=sequence or segmentation_node)
        self._sequence = sequence
        self._cine: Cine | None = None
        self._read: dict[int, tuple[tuple[object, ...], np.ndarray]] = {}
        self._hashed: dict[int, tuple[np.ndarray, Mapping[str, str]]] = {}

    @property
    def frames(self) -> tuple[int, ...]:
        """Frames of the cine that were segmented, counted from 0."""
        text = self.keeper.GetAttribute(_FRAMES)
        return tuple(json.loads(text)) if text else ()

    @property
    def shown_frame(self) -> int:
        """The frame that is shown."""
        return 0 if self.nodes is None else self.nodes.shown_frame

    @property
    def choices(self) -> MeasuringChoices:
        """What a person decided about measuring; frames are those of the cine."""
        kept = json.loads(self.keeper.GetAttribute(_CHOICES) or "{}")
        left_out = {int(frame): EndSlices(*ends) for frame, ends in kept.get("left_out", {}).items()}
        return MeasuringChoices(kept.get("ED"), kept.get("ES"), left_out)

    def choose(self, choices: MeasuringChoices) -> None:
        """Decide about measuring; an approval holds for the choices it was given with.

        Raises:
            UsageError: end-diastole and end-systole are one frame, or one that was not segmented.
        """
        named = [frame for frame in (choices.end_diastole, choices.end_systole) if frame is not None]
        if len(named) == 2 and named[0] == named[1]:
            raise UsageError(f"Frame {named[0] + 1} cannot be both end-diastole and end-systole; choose two frames.")
        for frame in named:
            if frame not in self.frames:
                raise UsageError(f"Frame {frame + 1} was not segmented; choose one that was.")
        left_out = {
            str(frame): [ends.base, ends.apex] for frame, ends in choices.left_out.items() if ends != EndSlices()
        }
        kept = {"ED": choices.end_diastole, "ES": choices.end_systole, "left_out": left_out}
        self.keeper.SetAttribute(_CHOICES, json.dumps(kept))
        self.note_edits()

    @property
    def is_edited(self) -> bool:
        """Whether a person has changed any of our segments in any frame."""
        document = self.document
        return document is not None and bool(self._changed(document.segments))

    def cine(self) -> Cine:
        """Return all frames; read from the nodes once, as images of a case do not change."""
        if self._cine is None:
            self._cine = scene_cine(self.volume_node, self.nodes)
        return self._cine

    def write(self, written: WrittenCine, frames: Sequence[int], affine: np.ndarray | None = None) -> None:
        """Put a result of the engine into the frames' segmentations; an approval of earlier labels is gone.

        Args:
            written: the labels.
            frames: which of the scene's frames they belong to, counted from 0.
            affine: where the labels lie; None for the grid of the scene's frames.
        """
        document = written.document
        segments = document.segments
        kind = CineKind(document.facts["input_kind"])
        cine = frames_of_kind(self.cine(), kind, frames)
        targets = self.segmentations()
        for frame, labels in zip(frames, written.labels, strict=True):
            set_reference_geometry(targets[frame], cine.grid)
            placed = Volume(labels, cine.geometry.affine if affine is None else affine)
            write_segments(placed, segments, document.algorithm, targets[frame])
        self._keep_image()
        self.keeper.SetAttribute(_FRAMES, json.dumps(list(frames)))
        self.keeper.SetAttribute(_CHOICES, None)
        self._keep_document(document)
        edited = document.edited_segments
        hashes = self._hashes(segments)
        self._keep_as_written({key: "" if key.partition(":")[2] in edited else found for key, found in hashes.items()})
        self.note_edits()
        self._drop_approval("a new result took the place of the approved labels")

    def labels(self) -> np.ndarray:
        """Return the label maps as they are now, of the frames that were segmented, shape (T, I, J, K).

        Raises:
            QuantSegError: nothing was segmented yet.
        """
        segments = self._document().segments
        return np.stack([self.labels_of_frame(frame, segments) for frame in self.frames])

    def labels_of_frame(self, frame: int, segments: Sequence[Segment]) -> np.ndarray:
        """Return the label map of a frame of the cine, shape (I, J, K); read again only where it has changed."""
        node = self.segmentations()[frame]
        stamp = _stamp(node)
        known = self._read.get(frame)
        if known is None or known[0] != stamp:
            known = self._read[frame] = stamp, labels_of_node(node, self.cine().grid, segments)
        return known[1]

    def replace_labels(self, frame: int, labels: np.ndarray) -> None:
        """Write a frame's label map, as a person's own doing.

        Args:
            frame: of the cine.
            labels: on the grid of the scene's frames, shape (I, J, K).
        """
        document, node = self._document(), self.segmentations()[frame]
        placed = Volume(labels, self.cine().geometry.affine)
        write_segments(placed, document.segments, document.algorithm, node)

    def corrected_slices(self, frame: int) -> tuple[int, ...]:
        """Return the slices of a frame, counted along the stack, in which labels are not what was written."""
        return tuple(sorted(self.corrected_values(frame)))

    def corrected_values(self, frame: int) -> dict[int, frozenset[int]]:
        """Return which label values of a frame are not where they were written, by slice."""
        segments, as_written = self._document().segments, self._as_written
        values: dict[int, frozenset[int]] = {}
        for segment in segments:
            now, key = self._hashes_of_frame(frame, segments)[segment.key].split(), f"{frame}:{segment.key}"
            before = as_written.get(key, "").split()
            for k, one in enumerate(now):
                if k >= len(before) or before[k] != one:
                    values[k] = values.get(k, frozenset()) | {segment.value}
        return values

    def labels_sha256(self) -> str:
        """Return a hash of all labels as they are now and of the choices about measuring.

        Raises:
            QuantSegError: nothing was segmented yet.
        """
        affine = self.cine().geometry.affine
        digest = hashlib.sha256()
        for labels in self.labels():
            digest.update(labels_hash(Volume(labels, affine)).encode())
        if self.choices != AS_FOUND:
            digest.update(str(self.keeper.GetAttribute(_CHOICES)).encode())
        return digest.hexdigest()

    def result(self, name: str, scan: Cine | None = None) -> CaseResult:
        """Measure the labels as they are now; arguments and errors as for :meth:`ReviewedCase.result`."""
        return self._result(name, scan, self.choices)

    def result_with_all_slices(self, name: str) -> CaseResult:
        """Measure as if no slice were left out, to show what leaving them out does."""
        return self._result(name, None, dataclasses.replace(self.choices, left_out={}))

    def scan_of_file(self, path: Path | None) -> Cine | None:
        """Return the cine as its file has it, where all of it was segmented; see :meth:`ReviewedCase.scan_of_file`."""
        found = cine_of_file(self.cine(), path)
        return found if found is not None and len(found.frames) == len(self.frames) else None

    def _result(self, name: str, scan: Cine | None, choices: MeasuringChoices) -> CaseResult:
        document = self._document()
        self.require_own_image()
        segments = document.segments
        cine = self._measured_cine()
        if scan is None:
            labels = self.labels()
        else:
            nodes = self.segmentations()
            scan = frames_of_kind(scan, cine.kind, self.frames)
            labels = np.stack([labels_of_node(nodes[frame], scan.grid, segments) for frame in self.frames])
        edited = self._edited_frames(segments)
        found = corrected(
            document.case_result(scan or cine, labels, name),
            labels,
            edited,
            self._of_measured_frames(choices),
        )
        some = {} if cine.kind is self.cine().kind else {FRAME_NUMBERS: " ".join(map(str, cine.frame_numbers))}
        return dataclasses.replace(found, facts={**found.facts, **some, **self._approval_facts(found)})

    def _image_node(self) -> slicer.vtkMRMLNode:
        return self.volume_node if self.nodes is None else self.nodes.images

    def _frame_nodes(self) -> Sequence[slicer.vtkMRMLScalarVolumeNode]:
        return super()._frame_nodes() if self.nodes is None else self.nodes.volumes()

    def _mark_edits(self, segments: Sequence[Segment]) -> None:
        changed, nodes = self._changed(segments), self.segmentations()
        for frame in self.frames:
            set_edited(nodes[frame], {segment.key: f"{frame}:{segment.key}" in changed for segment in segments})

    def _edited_frames(self, segments: Sequence[Segment]) -> dict[str, tuple[int, ...]]:
        """Return in which of the segmented frames, counted among these from 0, a person has changed which segment."""
        changed = self._changed(segments)
        found = {
            segment.key: tuple(place for place, frame in enumerate(self.frames) if f"{frame}:{segment.key}" in changed)
            for segment in segments
        }
        return {key: places for key, places in found.items() if places}

    def _changed(self, segments: Sequence[Segment]) -> frozenset[str]:
        """Return frame and key of every segment that does not hold what the algorithm wrote."""
        as_written = self._as_written
        return frozenset(key for key, found in self._hashes(segments).items() if as_written.get(key) != found)

    def _hashes(self, segments: Sequence[Segment], frames: Sequence[int] | None = None) -> Mapping[str, str]:
        """Return the hashes of each segment's slices, by frame and key."""
        return {
            f"{frame}:{key}": found
            for frame in (self.frames if frames is None else frames)
            for key, found in self._hashes_of_frame(frame, segments).items()
        }

    def _hashes_of_frame(self, frame: int, segments: Sequence[Segment]) -> Mapping[str, str]:
        """Return the hashes of each segment's slices, by its key; made again only where the labels have changed."""
        labels, known = self.labels_of_frame(frame, segments), self._hashed.get(frame)
        if known is None or known[0] is not labels:
            slices = np.moveaxis(labels, self.cine().geometry.slice_axis, 0)
            known = labels, {segment.key: _slice_hashes(slices == segment.value) for segment in segments}
            self._hashed[frame] = known
        return known[1]

    def _of_measured_frames(self, choices: MeasuringChoices) -> MeasuringChoices:
        """Return choices whose frames are counted among those that were segmented."""
        place = {frame: index for index, frame in enumerate(self.frames)}
        ed, es = (None if f is None else place[f] for f in (choices.end_diastole, choices.end_systole))
        return MeasuringChoices(ed, es, {place[f]: ends for f, ends in choices.left_out.items() if f in place})

    def _measured_cine(self) -> Cine:
        kind = CineKind(self._document().facts["input_kind"])
        return frames_of_kind(self.cine(), kind, self.frames)

    def segmentations(self) -> list[slicer.vtkMRMLSegmentationNode]:
        """Return the segmentation of every frame of the cine."""
        if self.nodes is None or self._sequence is None:
            return super().segmentations()
        return self.nodes.segmentations(self._sequence)


def _slice_hashes(masks: np.ndarray) -> str:
    """Return a short hash of each slice, shape (K, ...), separated by blanks; ``-`` for an empty one."""
    return " ".join(
        hashlib.sha256(np.packbits(mask).tobytes()).hexdigest()[:_DIGITS] if mask.any() else "-" for mask in masks
    )


def _stamp(node: slicer.vtkMRMLSegmentationNode) -> tuple[object, ...]:
    """Return what changes whenever a segmentation does."""
    segmentation = node.GetSegmentation()
    parent = node.GetParentTransformNode()
    stamp: list[object] = [segmentation.GetMTime(), parent.GetID() if parent is not None else None]
    name = segmentation.GetSourceRepresentationName()
    for number in range(segmentation.GetNumberOfSegments()):
        segment = segmentation.GetNthSegment(number)
        image = segment.GetRepresentation(name)
        stamp += [segment.GetMTime(), image.GetMTime() if image is not None else 0]
    return tuple(stamp)
