"""The picture by which a cardiologist judges a heart: every slice at end-diastole and end-systole, with outlines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

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
    write_light,
)
from quantseg.results.layout import RESEARCH_ONLY
from quantseg.results.picture_font import picture_font
from quantseg.results.plane_sampling import sample_image, sample_labels
from quantseg.results.planes import oblique_letters
from quantseg.tasks.heart.base_apex import base_apex_order
from quantseg.tasks.heart.cine_result import cine_of
from quantseg.tasks.heart.short_axis import ShortAxisStack
from quantseg.tasks.heart.view import ShortAxisView, short_axis_view
from quantseg.volume import Grid, Volume, voxel_spacing_mm

if TYPE_CHECKING:
    from PIL.Image import Image

_WIDEST, _NARROWEST, _MARGIN, _GAP, _HEADING, _LINE = 1180, 960, 20, 6, 34, 22
_MOST_COLUMNS, _LARGEST_PANEL = 7, 280
# What is shown around the labels, as a share of their extent, and the least field where nothing was labelled.
_SURROUNDINGS, _LEAST_SHARE_SHOWN = 0.2, 0.4
_SCALE_BAR_MM = 20.0
_PHASE_NAMES = {"ED": "End-diastole", "ES": "End-systole"}


@dataclass(frozen=True)
class Montage:
    """How the slices of a case are laid out.

    Attributes:
        slices: indices along the view's third axis, in the order in which they are shown.
        ends: words for the first and the last of them; empty where base and apex cannot be told apart.
        centre: middle of what is shown, in pixels of the view along i and j.
        field: width and height of what is shown, in the unit of the view's affine.
        columns: panels in a row.
        pixels: width and height of a panel.
    """

    slices: tuple[int, ...]
    ends: tuple[str, str]
    centre: tuple[float, float]
    field: float
    columns: int
    pixels: int

    @property
    def rows(self) -> int:
        """Rows of panels for one phase."""
        return math.ceil(len(self.slices) / self.columns)


def plan_montage(labels: np.ndarray, view: ShortAxisView) -> Montage:
    """Lay out the slices from base to apex, zoomed to the heart, alike for all phases.

    Args:
        labels: of the frames that are shown, in the view's order, shape (P, I, J, K).
        view: where they lie.
    """
    count = labels.shape[-1]
    order = base_apex_order(ShortAxisStack(labels, view.affine))
    slices = tuple(range(count)) if order is None else order.slices
    ends = ("", "") if order is None else ("base", "apex")
    spacing = np.array(voxel_spacing_mm(view.affine)[:2])
    extent = np.array(labels.shape[1:3]) * spacing
    shown = np.argwhere(labels.any(axis=(0, 3)))
    if len(shown):
        first, last = shown.min(axis=0), shown.max(axis=0) + 1
        field = float(((last - first) * spacing).max()) * (1 + 2 * _SURROUNDINGS)
        centre = (first + last - 1) / 2
    else:
        field, centre = float(extent.max()), (np.array(labels.shape[1:3]) - 1) / 2
    field = min(max(field, _LEAST_SHARE_SHOWN * float(extent.min())), float(extent.max()))
    # As few rows as there can be, at least two of a usual stack, and each as full as the others.
    rows = max(math.ceil(count / _MOST_COLUMNS), min(2, math.ceil(count / 4)))
    columns = math.ceil(count / rows)
    pixels = min(_LARGEST_PANEL, (_WIDEST - 2 * _MARGIN - (columns - 1) * _GAP) // columns)
    return Montage(slices, ends, (float(centre[0]), float(centre[1])), field, columns, pixels)


def render_heart_preview(result: CaseResult) -> Image:
    """Draw the picture of a case: letters where the header knows how the heart lies, bars where spacing is known."""
    from PIL import Image, ImageDraw

    cine = cine_of(result)
    view = short_axis_view(cine)
    phases = result.phases or {"": 0}
    frames, all_labels = (view.show(stored[list(phases.values())]) for stored in (cine.frames, result.labels))
    montage = plan_montage(all_labels, view)
    pictures = [[_sampled(frame, view, montage, k) for k in montage.slices] for frame in frames]
    window = choose_window([picture for row in pictures for picture in row])

    block = _HEADING + montage.rows * (montage.pixels + _GAP)
    width = max(_NARROWEST, 2 * _MARGIN + montage.columns * (montage.pixels + _GAP) - _GAP)
    height = _MARGIN + len(phases) * block + 2 * _LINE + _MARGIN
    canvas = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(canvas)
    letters = oblique_letters(*_directions(view)) if view.orientation_trusted else None
    pixel_mm = montage.field / montage.pixels if cine.spacing_mm is not None else None
    for number, (phase, frame) in enumerate(phases.items()):
        top = _MARGIN + number * block
        draw.text((_MARGIN, top), _title(phase, cine.frame_numbers[frame]), INK, picture_font(19))
        for place, k in enumerate(montage.slices):
            left = _MARGIN + place % montage.columns * (montage.pixels + _GAP)
            panel_top = top + _HEADING - 4 + place // montage.columns * (montage.pixels + _GAP)
            masks = _outlined(all_labels[number], view, montage, k, [segment.value for segment in result.segments])
            shown = with_outlines(pictures[number][place], window, masks, result.segments, montage.pixels)
            canvas.paste(Image.fromarray(shown), (left, panel_top))
            write_light(draw, (left + 5, panel_top + 4), _slice_title(montage, place), 13, "la")
            if letters is not None:
                write_letters(draw, letters, left, panel_top, montage.pixels, 14)
            if pixel_mm is not None:
                right, bottom = left + montage.pixels, panel_top + montage.pixels
                draw_scale_bar(draw, _SCALE_BAR_MM, pixel_mm, right + 6, bottom + 6, 11)
    bottom = _MARGIN + len(phases) * block
    draw_legend(draw, result.segments, _MARGIN, bottom)
    draw.text((_MARGIN, bottom + _LINE + 2), RESEARCH_ONLY, INK, picture_font(15))
    draw.text((width - _MARGIN, bottom + _LINE + 2), _convention(view), FAINT_INK, picture_font(15), anchor="ra")
    return canvas


def _directions(view: ShortAxisView) -> tuple[np.ndarray, np.ndarray]:
    """Return the unit vectors in RAS that run to the right and down in the pictures."""
    right, down = (column / np.linalg.norm(column) for column in view.affine[:3, :2].T)
    return right, down


def _panel_grid(view: ShortAxisView, montage: Montage, k: int) -> Grid:
    """Return the lattice of a panel's pixels: i runs to the right in the picture, j down."""
    right, down = _directions(view)
    step = montage.field / montage.pixels
    affine = np.eye(4)
    affine[:3, :3] = np.column_stack([right, down, np.cross(right, down)]) * step
    centre = Grid((1, 1, 1), view.affine).to_world(np.array([*montage.centre, k]))
    affine[:3, 3] = centre - (montage.pixels - 1) / 2 * step * (right + down)
    return Grid((montage.pixels, montage.pixels, 1), affine)


def _one_slice(array: np.ndarray, view: ShortAxisView, k: int) -> Volume:
    """Return a slice as a volume of its own, doubled, so that nothing is interpolated from its neighbours."""
    affine = view.affine.copy()
    affine[:3, 3] = Grid((1, 1, 1), view.affine).to_world(np.array([0, 0, k - 0.5]))
    return Volume(np.repeat(array[:, :, k : k + 1], 2, axis=2), affine)


def _sampled(frame: np.ndarray, view: ShortAxisView, montage: Montage, k: int) -> np.ndarray:
    return sample_image(_one_slice(frame, view, k), _panel_grid(view, montage, k))


def _outlined(
    labels: np.ndarray, view: ShortAxisView, montage: Montage, k: int, values: Sequence[int]
) -> dict[int, np.ndarray]:
    return sample_labels(_one_slice(labels, view, k), _panel_grid(view, montage, k), values)


def _title(phase: str, frame_number: int) -> str:
    return f"{_PHASE_NAMES[phase]} (frame {frame_number})" if phase else "The one frame"


def _slice_title(montage: Montage, place: int) -> str:
    end = {0: montage.ends[0], len(montage.slices) - 1: montage.ends[1]}.get(place, "")
    return f"{place + 1} {end}".strip()


def _convention(view: ShortAxisView) -> str:
    if view.orientation_trusted:
        return "Seen from the apex, as is the custom for short-axis slices."
    return "Orientation unknown: the header's directions are a placeholder, left and right may be exchanged."
