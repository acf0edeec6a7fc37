"""Smart correction in a scene: a click in a view becomes a proposal, and an accepted proposal one edit of the case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quantseg.errors import UsageError
from quantseg.measure.segments import Segment
from quantseg.mrml.editor_masks import editable_area, protected_segments
from quantseg.mrml.segmentation_node import change_voxels, labels_of_node
from quantseg.mrml.volume_node import volume_of_node
from quantseg.review.border_proposal import BorderProposal, Click, propose_border
from quantseg.review.reviewed_case import ReviewedCase
from quantseg.volume import Grid, Volume

if TYPE_CHECKING:
    import slicer

_NEAREST_WITHIN_BRUSHES = 4.0
NOTHING = "background"


@dataclass(frozen=True)
class Suggestion:
    """A better border that nobody has accepted yet.

    Attributes:
        click: where a person clicked, and what belongs there.
        proposal: the change.
        grid: of image and labels.
        name: of the segment that grows, or of the background.
        volume_mm3: volume of the voxels that change.
    """

    click: Click
    proposal: BorderProposal
    grid: Grid
    name: str
    volume_mm3: float

    @property
    def mask(self) -> Volume:
        """The voxels that change, 0 and 1, uint8, at their place."""
        return self._placed(self.proposal.changed.astype(np.uint8))

    @property
    def before(self) -> Volume:
        """The labels that change, at their place."""
        return self._placed(self.proposal.before)

    def _placed(self, array: np.ndarray) -> Volume:
        return Volume(array, self.grid.window(self.proposal.start, array.shape).affine)


class SmartCorrection:
    """Clicks on the frame of a case that is shown.

    Args:
        case: with a result.
        editor: settings of the Segment Editor, whose masking holds here, too.
        brush_mm: of the task's corrector.
    """

    def __init__(self, case: ReviewedCase, editor: slicer.vtkMRMLSegmentEditorNode, brush_mm: float) -> None:
        self._case, self._editor, self._brush_mm = case, editor, brush_mm
        self._accepted: list[tuple[object, Click]] = []

    def suggest(self, ras_mm: np.ndarray, selected: str) -> Suggestion:
        """Propose a better border near a click.

        A place outside the selected segment shall belong to it; one inside it shall belong to what lies nearest.

        Args:
            ras_mm: the place, shape (3,).
            selected: key of the segment that is selected in the editor.

        Raises:
            UsageError: nothing can be proposed there; the message says why and what to do.
            InputRefused: image or segmentation lie under a transform.
        """
        node, segments = self._case.segmentation_node, self._segments()
        described = next((one for one in segments if one.key == selected), None)
        if described is None:
            raise UsageError("No segment of the result is selected; select one in the list of the editor below.")
        image = volume_of_node(self._case.volume_node)
        labels = labels_of_node(node, image.grid, segments)
        kept = protected_segments(self._editor, node, segments, selected)
        names = {one.value: one.name for one in segments}
        protected = {one.value: kept[one.key] for one in segments if one.key in kept}
        click = Click.at(image.grid, ras_mm, described.value)
        if not all(0 <= n < size for n, size in zip(click.voxel, labels.shape, strict=True)):
            raise UsageError("The click lies outside the image; click inside it.")
        found = int(labels[click.voxel])
        for value in (found, described.value):
            if value in protected:
                raise UsageError(f"{names[value]} is {protected[value]}; change that, or click elsewhere.")
        if found == described.value:
            value = _nearest_other(labels, click.voxel, image.spacing_mm, self._brush_mm, frozenset(protected))
            click = Click(click.voxel, value)
        proposal = propose_border(
            image,
            labels,
            click,
            self._brush_mm,
            editable=editable_area(self._editor, node, image, selected),
            protected=frozenset(protected),
            earlier=[one for place, one in self._accepted if place is self._place() and labels[one.voxel] == one.value],
        )
        changed_mm3 = float(np.count_nonzero(proposal.changed)) * image.grid.voxel_volume_mm3
        return Suggestion(click, proposal, image.grid, names.get(click.value, NOTHING), changed_mm3)

    def accept(self, suggestion: Suggestion) -> None:
        """Make the change; keeping the state before for Undo is the caller's.

        Raises:
            UsageError: the labels there have changed since.
        """
        node, segments = self._case.segmentation_node, self._segments()
        suggestion.proposal.accepted(labels_of_node(node, suggestion.grid, segments))
        change_voxels(node, suggestion.before, suggestion.proposal.after, segments)
        self._accepted.append((self._place(), suggestion.click))

    def _segments(self) -> tuple[Segment, ...]:
        document = self._case.document
        return () if document is None else document.segments

    def _place(self) -> object:
        """Return what tells frames apart: each has a segmentation of its own."""
        return self._case.segmentation_node.GetSegmentation()


def _nearest_other(
    labels: np.ndarray,
    voxel: tuple[int, int, int],
    spacing_mm: tuple[float, float, float],
    brush_mm: float,
    protected: frozenset[int],
) -> int:
    """Return the label nearest to a voxel that is another one and may grow; the background where none is near."""
    reach = [int(np.ceil(_NEAREST_WITHIN_BRUSHES * brush_mm / mm)) for mm in spacing_mm]
    box = tuple(slice(max(n - r, 0), n + r + 1) for n, r in zip(voxel, reach, strict=True))
    near = labels[box]
    others = np.argwhere((near != labels[voxel]) & ~np.isin(near, list(protected)))
    if not len(others):
        return 0
    start = np.array([one.start for one in box])
    away_mm = np.linalg.norm((others + start - voxel) * spacing_mm, axis=1)
    i, j, k = others[int(away_mm.argmin())]
    return int(near[i, j, k])
