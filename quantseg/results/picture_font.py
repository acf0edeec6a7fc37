"""The one typeface of all pictures."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont, ImageFont


@cache
def picture_font(size: int) -> FreeTypeFont | ImageFont:
    """Return Pillow's own font, so that a picture looks the same on every machine."""
    from PIL import ImageFont as fonts

    return fonts.load_default(size)
