"""The picture by which an estimated PET is judged: scan, estimate, difference and uncertainty in three planes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from quantseg.results.case import CaseResult
from quantseg.results.drawing import FAINT_INK, INK, PAPER, draw_scale_bar, write_letters
from quantseg.results.layout import RESEARCH_ONLY
from quantseg.results.outputs import ImageMap
from quantseg.results.picture_font import picture_font
from quantseg.results.plane_sampling import sample_image
from quantseg.results.planes import Panel, Plane
from quantseg.tasks.low_dose_pet.pipeline import CENTRE_FACT, DIFFERENCE, IMAGE, PEAK_FACTS, UNCERTAINTY
from quantseg.tasks.low_dose_pet.presenting.brightness import Brightness, brightness_of, positions
from quantseg.volume import Volume

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

_PIXELS, _SAMPLED = 250, 125
_FIELD_MM = 210.0
_MARGIN, _GAP, _HEADING, _LINE = 20, 8, 30, 22
_SCALE_BAR_MM = 20.0
_COLUMNS = ((None, "Scan"), (IMAGE, "Estimate"), (DIFFERENCE, "Difference"), (UNCERTAINTY, "Uncertainty (SD)"))
# Signs are told by hue and strength by lightness: blue to white to red, as colour-blind people see, too.
_LESS, _SAME, _MORE = (33, 102, 172), (247, 247, 247), (178, 24, 43)
_MARK, _MARK_MM, _MARK_PIXELS = (255, 200, 0), 6.0, 9


def render_pet(result: CaseResult) -> Image:
    """Draw three planes through the middle of what is active, each as scan, estimate, difference and uncertainty."""
    from PIL import Image, ImageDraw

    images = {one.name: one.array for one in result.outputs if isinstance(one, ImageMap)}
    volumes = {name: result.volume.with_array(array) for name, array in images.items()}
    drawn = brightness_of(result)
    peaks_mm = positions(str(result.facts.get(PEAK_FACTS[0]) or ""))
    centre_mm = positions(str(result.facts[CENTRE_FACT]))[0]
    panels = [Panel(plane, centre_mm, _FIELD_MM, _PIXELS) for plane in Plane]
    width = 2 * _MARGIN + len(_COLUMNS) * (_PIXELS + _GAP) - _GAP
    height = 2 * _MARGIN + _HEADING + len(panels) * (_PIXELS + _GAP + _LINE) + 3 * _LINE
    canvas = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(canvas)
    for column, (_, title) in enumerate(_COLUMNS):
        draw.text((_MARGIN + column * (_PIXELS + _GAP), _MARGIN), title, INK, picture_font(18))
    top = _MARGIN + _HEADING
    for panel in panels:
        draw.text((_MARGIN, top), panel.title, FAINT_INK, picture_font(14))
        top += _LINE
        for column, (name, _) in enumerate(_COLUMNS):
            left = _MARGIN + column * (_PIXELS + _GAP)
            picture = _sampled(result.volume if name is None else volumes[name], panel)
            if name == DIFFERENCE:
                coloured = _signed(picture, drawn.change)
            else:
                coloured = _grey(picture, drawn.doubt if name == UNCERTAINTY else drawn.white)
            canvas.paste(Image.fromarray(coloured).resize((_PIXELS, _PIXELS), Image.Resampling.BICUBIC), (left, top))
            for peak_mm in peaks_mm:
                _mark(draw, panel, peak_mm, left, top)
            if column == 0:
                write_letters(draw, panel.plane.edge_letters, left, top, _PIXELS, 16)
            draw_scale_bar(draw, _SCALE_BAR_MM, panel.pixel_mm, left + _PIXELS, top + _PIXELS, 11)
        top += _PIXELS + _GAP
    _write_below(draw, result, drawn, bool(len(peaks_mm)), top)
    return canvas


def _write_below(draw: ImageDraw, result: CaseResult, drawn: Brightness, marked: bool, top: int) -> None:
    draw.text((_MARGIN, top), scale_in_words(drawn, str(result.facts["unit"])), INK, picture_font(14))
    circles = "Circles: local maxima changed by more than the noise explains. " if marked else ""
    draw.text((_MARGIN, top + _LINE), f"{circles}Radiological convention.", FAINT_INK, picture_font(14))
    draw.text((_MARGIN, top + 2 * _LINE), f"Estimated, not measured. {RESEARCH_ONLY}", INK, picture_font(14))


def scale_in_words(drawn: Brightness, unit: str) -> str:
    """Return what brightness and colour stand for, without powers of ten, as counts of a scanner can be large.

    Args:
        drawn: what is white, blue and red.
        unit: of all three; "1" for an image's own, which is not written.
    """
    rounded = (float(f"{drawn.white:.3g}"), float(f"{drawn.change:.2g}"), float(f"{drawn.doubt:.2g}"))
    in_white, in_change, in_doubt = (f"{value:,.9g} {unit}".removesuffix(" 1") for value in rounded)
    return (
        f"White is {in_white} in scan and estimate, {in_doubt} of uncertainty; "
        f"the difference runs to {in_change} either way, less in blue, more in red."
    )


def _sampled(volume: Volume, panel: Panel) -> np.ndarray:
    coarse = Panel(panel.plane, panel.centre_mm, panel.field_mm, _SAMPLED)
    return np.asarray(np.nan_to_num(sample_image(volume, coarse.grid)))


def _grey(picture: np.ndarray, white: float) -> np.ndarray:
    grey = np.clip(picture / white * 255, 0, 255).astype(np.uint8)
    return np.stack([grey] * 3, axis=-1)


def _signed(picture: np.ndarray, most: float) -> np.ndarray:
    places = (-most, 0.0, most)
    channels = [np.interp(picture, places, [colour[n] for colour in (_LESS, _SAME, _MORE)]) for n in range(3)]
    return np.stack(channels, axis=-1).astype(np.uint8)


def _mark(draw: ImageDraw, panel: Panel, peak_mm: np.ndarray, left: int, top: int) -> None:
    if abs(float(peak_mm[panel.plane.normal_axis] - panel.centre_mm[panel.plane.normal_axis])) > _MARK_MM:
        return
    x, y = panel.pixel_of(peak_mm)
    if 0 <= x < _PIXELS and 0 <= y < _PIXELS:
        box = (left + x - _MARK_PIXELS, top + y - _MARK_PIXELS, left + x + _MARK_PIXELS, top + y + _MARK_PIXELS)
        draw.ellipse(box, outline=_MARK, width=2)
