"""OHIF in a real Chromium: what a person does there, and what is seen."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from chromium import Chromium
from PIL import Image

_CONFIRM = "[...document.querySelectorAll('button')].find(one => one.textContent === 'Confirm and hide')"
_ITEMS = "[...document.querySelectorAll('[data-cy^=study-browser-thumbnail]')]"
_PICTURE_SECONDS = 180
_COLOURED = 40


@dataclass
class OhifWindow:
    """One window with one study open.

    Attributes:
        browser: that shows it.
        folder: receives screenshots, for a person to look at.
    """

    browser: Chromium
    folder: Path

    def open(self, address: str, series: int) -> None:
        """Open a study and wait until all its series are listed."""
        self.browser.open(address)
        self.browser.wait(f"{_ITEMS}.length >= {series}", _PICTURE_SECONDS)
        self.browser.wait(f"Boolean({_CONFIRM})")
        self.browser.evaluate(f"{_CONFIRM}.click()")

    def open_series(self, words: str) -> None:
        """Open a series by the beginning of its description, with a double click on it."""
        found = f"{_ITEMS}.find(one => one.textContent.includes({json.dumps(words)}))"
        self.browser.wait(f"Boolean({found})")
        self.browser.evaluate(f"{found}.scrollIntoView()")
        x, y = self.browser.evaluate(
            f"(() => {{ const r = {found}.getBoundingClientRect();"
            " return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        )
        self.browser.click(x, y, times=2)

    def wait_for_colours(self, name: str) -> np.ndarray:
        """Return the picture in the first viewport once a segmentation is drawn there; shape (height, width, 3)."""
        before = None
        for _ in range(_PICTURE_SECONDS):
            picture = self.picture(name)
            coloured = colourful(picture)
            # Drawn, and not in the midst of being drawn.
            if coloured.sum() > _COLOURED and before is not None and np.array_equal(picture, before):
                return picture
            before = picture
            self.browser.wait("new Promise(done => setTimeout(() => done(true), 1000))")
        raise AssertionError(f"No segmentation was drawn; see {self.folder / name}.png, and {self.browser.said[-3:]}")

    def picture(self, name: str) -> np.ndarray:
        """Return what the first viewport shows, without the letters around it; shape (height, width, 3)."""
        # OHIF puts another canvas there once a segmentation is loaded.
        left, top, width, height = self.browser.wait(
            "(() => { const r = document.querySelector('canvas.cornerstone-canvas')?.getBoundingClientRect();"
            " return r && [r.x, r.y, r.width, r.height]; })()"
        )
        whole = Image.open(self.browser.screenshot(self.folder / f"{name}.png")).convert("RGB")
        return np.asarray(whole.crop((round(left), round(top), round(left + width), round(top + height)))).astype(int)

    def instance_number(self) -> int:
        """Return the InstanceNumber of the image that the first viewport shows, as it says in its corner."""
        found = re.search(r"I:\s*(\d+)\s*\(", self.text())
        assert found, self.text()
        return int(found.group(1))

    def text(self) -> str:
        """Return all text of the page."""
        return str(self.browser.evaluate("document.body.innerText"))


def colourful(picture: np.ndarray) -> np.ndarray:
    """Tell which pixels are no grey, shape (height, width); OHIF's own signs at the rim are left out."""
    found = picture.max(axis=2) - picture.min(axis=2) > _COLOURED
    rim = np.ones_like(found)
    rim[110:-60, 30:-40] = False
    return found & ~rim


def as_drawn(plane: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return where a viewport shows the pixels of a plane: whole, in the middle, as large as fits.

    Args:
        plane: shape (rows, columns), bool.
        size: height and width of the viewport.
    """
    height, width = size
    scale = min(height / plane.shape[0], width / plane.shape[1])
    rows = np.floor((np.arange(height) - height / 2) / scale + plane.shape[0] / 2).astype(int)
    columns = np.floor((np.arange(width) - width / 2) / scale + plane.shape[1] / 2).astype(int)
    inside = ((rows >= 0) & (rows < plane.shape[0]))[:, None] & ((columns >= 0) & (columns < plane.shape[1]))
    return plane[np.clip(rows, 0, plane.shape[0] - 1)][:, np.clip(columns, 0, plane.shape[1] - 1)] & inside


def dice(first: np.ndarray, second: np.ndarray) -> float:
    """Return how far two masks agree."""
    return float(2 * (first & second).sum() / max(first.sum() + second.sum(), 1))
