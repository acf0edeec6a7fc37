"""The picture by which a lumbar muscle result is judged: slices with outlines, and beside each its map of fat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

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
from quantseg.results.outputs import ImageMap
from quantseg.results.picture_font import picture_font
from quantseg.results.planes import Plane
from quantseg.tasks.lumbar_muscle.axial_planes import AxialPlanes, flat, planes_of
from quantseg.volume import Grid, Volume, resample, to_canonical

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

_PANEL_PIXELS = 420
_MOST_SLICES = 4
_MARGIN_MM, _LEAST_FIELD_MM = 14.0, 130.0
_SCALE_BAR_MM = 20.0
_MARGIN, _GAP, _HEADING, _LINE = 20, 10, 30, 22
_FAT_SHOWN_PERCENT = (0.0, 15.0, 30.0, 50.0, 100.0)
_FAT_COLOURS = ((40, 40, 120), (30, 120, 170), (70, 180, 120), (240, 210, 60), (255, 250, 200))


def render_muscles(result: CaseResult) -> Image:
    """Draw up to four of the measured slices in radiological convention, the one nearest to the head first."""
    from PIL import Image, ImageDraw

    planes = planes_of(result.volume)
    labels = to_canonical(result.volume.with_array(result.labels))[0].array
    fat = next((output for output in result.outputs if isinstance(output, ImageMap)), None)
    fat_array = None if fat is None else to_canonical(result.volume.with_array(fat.array))[0].array
    chosen = _chosen(labels)
    columns = 1 if fat_array is None else 2
    width = 2 * _MARGIN + max(2, columns) * _PANEL_PIXELS + _GAP
    legend = legend_lines(result.segments, width - 2 * _MARGIN)
    height = 2 * _MARGIN + len(chosen) * (_HEADING + _PANEL_PIXELS + _GAP) + (len(legend) + 2) * _LINE
    canvas = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(canvas)
    top = _MARGIN
    for k in chosen:
        grid = _panel_grid(labels[:, :, k], planes)
        heading = f"Slice {planes.plane_of(k)}, z = {planes.grid.to_world(np.array([0, 0, k]))[2]:.0f} mm"
        draw.text((_MARGIN, top), heading, INK, picture_font(18))
        panels = [_outlined(result, planes, labels, k, grid)]
        if fat_array is not None:
            panels.append(_fat_map(fat_array[:, :, k], labels[:, :, k], panels[0], planes, grid))
            _draw_fat_scale(draw, _MARGIN + _PANEL_PIXELS + _GAP, top)
        for column, panel in enumerate(panels):
            left = _MARGIN + column * (_PANEL_PIXELS + _GAP)
            canvas.paste(Image.fromarray(panel), (left, top + _HEADING))
            write_letters(draw, Plane.AXIAL.edge_letters, left, top + _HEADING, _PANEL_PIXELS)
            right, bottom = left + _PANEL_PIXELS, top + _HEADING + _PANEL_PIXELS
            draw_scale_bar(draw, _SCALE_BAR_MM, grid.spacing_mm[0], right, bottom)
        top += _HEADING + _PANEL_PIXELS + _GAP
    for line in legend:
        draw_legend(draw, line, _MARGIN, top)
        top += _LINE
    draw.text((_MARGIN, top + 4), RESEARCH_ONLY, INK, picture_font(15))
    convention = "Radiological convention: the patient's right is on the left."
    draw.text((_MARGIN, top + 4 + _LINE), convention, FAINT_INK, picture_font(15))
    return canvas


def _chosen(labels: np.ndarray) -> list[int]:
    shown = np.flatnonzero(labels.any(axis=(0, 1)))
    if not len(shown):
        return [labels.shape[2] // 2]
    places = np.linspace(0, len(shown) - 1, min(_MOST_SLICES, len(shown)) + 2)[1:-1] if len(shown) > 2 else [0]
    return sorted({int(shown[round(float(place))]) for place in places}, reverse=True)


def _panel_grid(labels: np.ndarray, planes: AxialPlanes) -> Grid:
    """Return the square pixels of a panel over a flat plane: to the right runs the patient's left, down the back."""
    box = bounding_box(labels[:, :, None])
    ends = [(side.start, side.stop) for side in box[:2]] if box is not None else [(0, n) for n in labels.shape]
    sizes = [(last - first) * mm for (first, last), mm in zip(ends, planes.pixel_mm, strict=True)]
    middle = [(first + last - 1) / 2 * mm for (first, last), mm in zip(ends, planes.pixel_mm, strict=True)]
    pixel_mm = max(_LEAST_FIELD_MM, max(sizes) + 2 * _MARGIN_MM) / _PANEL_PIXELS
    grid = Grid((_PANEL_PIXELS, _PANEL_PIXELS, 1), np.diag([-pixel_mm, -pixel_mm, pixel_mm, 1.0]))
    return grid.centred_at(np.array([*middle, 0.0]))


def _picture(plane: np.ndarray, planes: AxialPlanes, grid: Grid, fill: float = 0.0) -> np.ndarray:
    """Return a plane as a picture, float32, shape (rows, columns)."""
    volume: Volume = flat(plane.astype(np.float32), planes.pixel_mm)
    return np.asarray(resample(volume, grid, fill=fill, antialias=False).array[:, :, 0].T)


def _outlined(result: CaseResult, planes: AxialPlanes, labels: np.ndarray, k: int, grid: Grid) -> np.ndarray:
    picture = _picture(planes.pictures(k)[0], planes, grid, fill=np.nan)
    masks = {}
    for segment in result.segments:
        mask = labels[:, :, k] == segment.value
        if mask.any():
            masks[segment.value] = _picture(mask, planes, grid) >= 0.5
    return with_outlines(picture, choose_window([picture]), masks, result.segments, _PANEL_PIXELS)


def _fat_map(
    percent: np.ndarray, labels: np.ndarray, outlined: np.ndarray, planes: AxialPlanes, grid: Grid
) -> np.ndarray:
    """Return the picture with the fat of the labelled pixels in colours."""
    muscles = _picture(labels > 0, planes, grid) >= 0.5
    shown = _picture(percent, planes, grid)
    grey = 0.55 * outlined.mean(axis=2)
    coloured: np.ndarray = np.stack([grey] * 3, axis=-1).astype(np.uint8)
    coloured[muscles] = _colours(shown[muscles])
    return coloured


def _colours(percent: np.ndarray) -> np.ndarray:
    """Return the colours of shares of fat, uint8, shape (..., 3)."""
    channels = [np.interp(percent, _FAT_SHOWN_PERCENT, [colour[n] for colour in _FAT_COLOURS]) for n in range(3)]
    return np.stack(channels, axis=-1).astype(np.uint8)


def _draw_fat_scale(draw: ImageDraw, left: int, top: int) -> None:
    draw.text((left, top), "Fat, %", INK, picture_font(15))
    for number, colour in enumerate(_colours(np.linspace(0, 100, 200))):
        draw.line((left + 80 + number, top + 2, left + 80 + number, top + 12), fill=tuple(int(c) for c in colour))
    for percent in _FAT_SHOWN_PERCENT:
        draw.text((left + 80 + 2 * percent, top + 13), f"{percent:.0f}", FAINT_INK, picture_font(11), anchor="ma")
