"""What a case can yield: labels, an image, a score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from quantseg.measure.segments import Segment
from quantseg.measure.values import Measurement


@dataclass(frozen=True)
class LabelMap:
    """Labels on the input's own grid and axis order.

    Attributes:
        array: uint8, shape (I, J, K), or (T, I, J, K) where the input has frames.
        segments: meaning of each label value that can occur.
        phases: frames, counted from 0, that get label files of their own, by the name of the phase.
        frame_numbers: number of each frame in the input, counted from 1, length T; empty where there are no frames.
        all_frames_written: whether all frames together are one file; a pair of frames is no sequence over time, and
            has the files of its phases alone.
    """

    array: np.ndarray
    segments: tuple[Segment, ...]
    phases: Mapping[str, int] = field(default_factory=dict)
    frame_numbers: tuple[int, ...] = ()
    all_frames_written: bool = True


@dataclass(frozen=True)
class ImageMap:
    """An image on the input's own grid and axis order, written as ``<name>.nii.gz``.

    Attributes:
        name: of the file, without its ending, such as ``standard_dose``.
        title: shown to people, such as "Estimated standard-dose PET".
        array: float32, shape (I, J, K).
        unit: UCUM-like unit of its values, ``1`` for a bare number.
    """

    name: str
    title: str
    array: np.ndarray
    unit: str


@dataclass(frozen=True)
class Score:
    """One number about the person rather than about a structure, such as an age or a probability.

    Attributes:
        title: shown to people, such as "Bone age".
        measurement: the number with unit, protocol and, where one is known, its 95 % interval; it stands among the
            measurements of the case, too.
    """

    title: str
    measurement: Measurement


Output = LabelMap | ImageMap | Score
