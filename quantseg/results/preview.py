"""The picture by which a radiologist judges a volume: three planes through each structure, with its outlines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    legend_lines,
    with_outlines,
    write_letters,
)
from quantseg.results.layout import RESEARCH_ONLY
from quantseg.results.picture_font import picture_font
from quantseg.results.plane_sampling import sample_image, sample_labels
from quantseg.results.planes import Panel, Plane
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
        title: such as "Left kidney".
        panels: axial, coronal, sagittal.
    """

    title: str
    panels: tuple[Panel, ...]


def plan_rows(
    result: CaseResult, structures: Mapping[str, Sequence[int]], what: str, field_mm: float = _FIELD_MM
) -> tuple[Row, ...]:
    """Choose what the picture shows: a row for each structure that was found, or the middle of the scan if none was.

    A large scan, such as a head, is shown zoomed around the structure, a small one whole.

    Args:
        result: the case.
        structures: values of the labels of each structure, by its title.
        what: all of it in a word, for a scan in which nothing was found.
        field_mm: width of what is shown around a structure in a large scan.
    """
    labels = result.volume.with_array(result.labels)
    rows = []
    for title, values in structures.items():
        centre_mm = _centre_mm(labels, values)
        if centre_mm is not None:
            rows.append(Row(title, _panels(labels.grid, centre_mm, field_mm)))
    if rows:
        return tuple(rows)
    return (Row(f"No {what} was segmented; the middle of the scan", _panels_of_all(labels.grid)),)


def render_preview(
    result: CaseResult, structures: Mapping[str, Sequence[int]], what: str, field_mm: float = _FIELD_MM
) -> Image:
    """Draw the picture of a case with labels, in radiological convention, with letters and a scale bar in every panel.

    Args:
        result: the case.
        structures: values of the labels of each structure, by its title.
        what: all of it in a word, for a scan in which nothing was found.
        field_mm: width of what is shown around a structure in a large scan.
    """
    labels = result.volume.with_array(result.labels)
    return _draw(result.volume, plan_rows(result, structures, what, field_mm), labels, result.segments)


def render_image(
    volume: Volume, title: str, centre_mm: Sequence[float] | None = None, field_mm: float = _FIELD_MM
) -> Image:
    """Draw three planes through an image without labels, such as one that a model has made.

    Args:
        volume: the image.
        title: what it is.
        centre_mm: RAS coordinates where the planes meet; by default the middle of the image, which is shown whole.
        field_mm: width of what is shown around a centre that is named.
    """
    if centre_mm is None:
        return _draw(volume, (Row(title, _panels_of_all(volume.grid)),))
    panels = (Panel(plane, np.array(centre_mm, float), field_mm, PANEL_PIXELS) for plane in Plane)
    return _draw(volume, (Row(title, tuple(panels)),))


def _draw(volume: Volume, rows: Sequence[Row], labels: Volume | None = None, segments: Sequence[Segment] = ()) -> Image:
    from PIL import Image, ImageDraw

    pictures = [[_sampled(volume, panel) for panel in row.panels] for row in rows]
    window = choose_window([picture for row in pictures for picture in row])
    width = 2 * _MARGIN + 3 * PANEL_PIXELS + 2 * _GAP
    legend = legend_lines(segments, width - 2 * _MARGIN)
    height = _MARGIN + len(rows) * (_HEADING + PANEL_PIXELS + _GAP) + (max(1, len(legend)) + 1) * _LINE + _MARGIN
    canvas = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(canvas)
    values = [segment.value for segment in segments]
    top = _MARGIN - 6
    for row, row_pictures in zip(rows, pictures, strict=True):
        draw.text((_MARGIN, top), row.title, INK, picture_font(20))
        for column, (panel, picture) in enumerate(zip(row.panels, row_pictures, strict=True)):
            left = _MARGIN + column * (PANEL_PIXELS + _GAP)
            draw.text((left, top + 30), panel.title, FAINT_INK, picture_font(15))
            masks = {} if labels is None else sample_labels(labels, panel.grid, values)
            shown = with_outlines(picture, window, masks, segments, PANEL_PIXELS)
            canvas.paste(Image.fromarray(shown), (left, top + _HEADING))
            write_letters(draw, panel.plane.edge_letters, left, top + _HEADING, PANEL_PIXELS)
            right, bottom = left + PANEL_PIXELS, top + _HEADING + PANEL_PIXELS
            draw_scale_bar(draw, _SCALE_BAR_MM, panel.pixel_mm, right, bottom)
        top += _HEADING + PANEL_PIXELS + _GAP
    for line in legend:
        draw_legend(draw, line, _MARGIN, top + 2)
        top += _LINE
    top -= _LINE if legend else 0
    draw.text((_MARGIN, top + _LINE + 4), RESEARCH_ONLY, INK, picture_font(15))
    convention = "Radiological convention: the patient's right is on the left."
    draw.text((width - _MARGIN, top + _LINE + 4), convention, FAINT_INK, picture_font(15), anchor="ra")
    return canvas


def _centre_mm(labels: Volume, values: Sequence[int]) -> np.ndarray | None:
    box = bounding_box(labels.array)
    if box is None:
        return None
    indices = np.argwhere(np.isin(labels.array[box], values))
    if not len(indices):
        return None
    return labels.grid.to_world(indices.mean(axis=0) + [side.start for side in box])


def _panels(grid: Grid, centre_mm: np.ndarray, field_mm: float) -> tuple[Panel, ...]:
    if max(_extent_mm(grid)) > _LARGEST_SHOWN_WHOLE_MM:
        return tuple(Panel(plane, centre_mm, field_mm, PANEL_PIXELS) for plane in Plane)
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
    extent_mm: np.ndarray = np.abs(grid.affine[:3, :3]) @ np.array(grid.shape)
    return extent_mm


def _sampled(volume: Volume, panel: Panel) -> np.ndarray:
    coarse = Panel(panel.plane, panel.centre_mm, panel.field_mm, _SAMPLED_PIXELS)
    return sample_image(volume, coarse.grid)
