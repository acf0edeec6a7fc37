"""The picture by which a radiologist judges a case: three planes through each structure, with its outlines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quantseg.measure.segments import Segment
from quantseg.measure.statistics import bounding_box
from quantseg.results.case import CaseResult
from quantseg.results.drawing import (
    FAINT_INK,
    INK,
    PAPER,
    choose_window,
    draw_legend,
    draw_scale_bar,
    with_outlines,
    write_letters,
)
from quantseg.results.layout import RESEARCH_ONLY
from quantseg.results.picture_font import picture_font
from quantseg.results.planes import Panel, Plane
from quantseg.results.slices import sample_image, sample_labels
from quantseg.volume import Grid, Volume

if TYPE_CHECKING:
    from PIL.Image import Image

PANEL_PIXELS = 360
# Intensities are sampled on every second pixel, still finer than a voxel, and enlarged smoothly.
_SAMPLED_PIXELS = PANEL_PIXELS // 2
_FIELD_MM = 80.0
_LARGEST_SHOWN_WHOLE_MM = 100.0
_SCALE_BAR_MM = 10.0
_MARGIN, _GAP, _HEADING, _LINE = 20, 10, 58, 22


@dataclass(frozen=True)
class Row:
    """One structure in its three planes.

    Attributes:
        title: such as "Left hippocampus".
        panels: axial, coronal, sagittal.
    """

    title: str
    panels: tuple[Panel, ...]


def plan_rows(result: CaseResult) -> tuple[Row, ...]:
    """Choose what the picture shows: each structure with its own label, or the middle of the scan if there is none.

    A head is shown zoomed around the structure, a crop whole.
    """
    labels = result.volume.with_array(result.labels)
    rows = []
    for title, values in _structures(result.segments, result.task).items():
        centre_mm = _centre_mm(labels, values)
        if centre_mm is not None:
            rows.append(Row(title, _panels(labels.grid, centre_mm)))
    if rows:
        return tuple(rows)
    return (Row(f"No {result.task} was segmented; the middle of the scan", _panels_of_all(labels.grid)),)


def render_preview(result: CaseResult) -> Image:
    """Draw the picture of a case, in radiological convention, with letters and a scale bar in every panel."""
    from PIL import Image, ImageDraw

    rows = plan_rows(result)
    labels = result.volume.with_array(result.labels)
    pictures = [[_sampled(result.volume, panel) for panel in row.panels] for row in rows]
    window = choose_window([picture for row in pictures for picture in row])

    width = 2 * _MARGIN + 3 * PANEL_PIXELS + 2 * _GAP
    height = _MARGIN + len(rows) * (_HEADING + PANEL_PIXELS + _GAP) + 2 * _LINE + _MARGIN
    canvas = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(canvas)
    top = _MARGIN - 6
    for row, row_pictures in zip(rows, pictures, strict=True):
        draw.text((_MARGIN, top), row.title, INK, picture_font(20))
        for column, (panel, picture) in enumerate(zip(row.panels, row_pictures, strict=True)):
            left = _MARGIN + column * (PANEL_PIXELS + _GAP)
            draw.text((left, top + 30), panel.title, FAINT_INK, picture_font(15))
            masks = sample_labels(labels, panel.grid, [segment.value for segment in result.segments])
            shown = with_outlines(picture, window, masks, result.segments, PANEL_PIXELS)
            canvas.paste(Image.fromarray(shown), (left, top + _HEADING))
            write_letters(draw, panel.plane.edge_letters, left, top + _HEADING, PANEL_PIXELS)
            right, bottom = left + PANEL_PIXELS, top + _HEADING + PANEL_PIXELS
            draw_scale_bar(draw, _SCALE_BAR_MM, panel.pixel_mm, right, bottom)
        top += _HEADING + PANEL_PIXELS + _GAP
    draw_legend(draw, result.segments, _MARGIN, top + 2)
    draw.text((_MARGIN, top + _LINE + 4), RESEARCH_ONLY, INK, picture_font(15))
    convention = "Radiological convention: the patient's right is on the left."
    draw.text((width - _MARGIN, top + _LINE + 4), convention, FAINT_INK, picture_font(15), anchor="ra")
    return canvas


def _structures(segments: Sequence[Segment], organ: str) -> dict[str, list[int]]:
    """Group label values by side, as the segments' keys name it."""
    structures: dict[str, list[int]] = {}
    for segment in segments:
        side = segment.key.rpartition("_")[0]
        structures.setdefault(f"{side} {organ}".strip().capitalize(), []).append(segment.value)
    return structures


def _centre_mm(labels: Volume, values: Sequence[int]) -> np.ndarray | None:
    box = bounding_box(labels.array)
    if box is None:
        return None
    indices = np.argwhere(np.isin(labels.array[box], values))
    if not len(indices):
        return None
    return labels.grid.to_world(indices.mean(axis=0) + [side.start for side in box])


def _panels(grid: Grid, centre_mm: np.ndarray) -> tuple[Panel, ...]:
    if max(_extent_mm(grid)) > _LARGEST_SHOWN_WHOLE_MM:
        return tuple(Panel(plane, centre_mm, _FIELD_MM, PANEL_PIXELS) for plane in Plane)
    panels = []
    for panel in _panels_of_all(grid):
        middle_mm = panel.centre_mm.copy()
        middle_mm[panel.plane.normal_axis] = centre_mm[panel.plane.normal_axis]
        panels.append(Panel(panel.plane, middle_mm, panel.field_mm, PANEL_PIXELS))
    return tuple(panels)


def _panels_of_all(grid: Grid) -> tuple[Panel, ...]:
    return tuple(Panel(plane, grid.centre_mm, float(max(_extent_mm(grid))), PANEL_PIXELS) for plane in Plane)


def _extent_mm(grid: Grid) -> np.ndarray:
    """Return the size of the box along R, A and S that holds a grid with the full width of its voxels."""
    return np.abs(grid.affine[:3, :3]) @ np.array(grid.shape)


def _sampled(volume: Volume, panel: Panel) -> np.ndarray:
    coarse = Panel(panel.plane, panel.centre_mm, panel.field_mm, _SAMPLED_PIXELS)
    return sample_image(volume, coarse.grid)
