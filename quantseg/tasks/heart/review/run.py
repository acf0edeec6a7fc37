"""One run of the engine on a heart of the scene: on all frames, on two phases, or on one frame."""

from __future__ import annotations

from collections.abc import Sequence

from quantseg.errors import InputRefused, UsageError
from quantseg.review.engine_run import Engine, EngineRun
from quantseg.tasks.heart.reading.cine import Cine, CineKind
from quantseg.tasks.heart.reading.cine_reader import checked_cine
from quantseg.tasks.heart.review.scene_cine import cine_input, frames_of_kind


class HeartRun(EngineRun):
    """A run that remembers which frames it was given.

    Args:
        engine: how to start it.
        cine: all frames of the scene.
        kind: what the frames of the run show.
        frames: of them, counted from 0; end-diastole and end-systole in this order for a pair.
        options: further arguments of ``quantseg segment heart``.

    Raises:
        OSError: the frames cannot be written aside, or the engine cannot be started.
        UsageError: a pair whose phases are one frame.
    """

    def __init__(
        self, engine: Engine, cine: Cine, kind: CineKind, frames: Sequence[int], options: Sequence[str] = ()
    ) -> None:
        self.frames = tuple(frames)
        super().__init__(engine, "heart", cine_input(frames_of_kind(cine, kind, frames)), options)


def frames_to_run(
    cine: Cine, wanted: CineKind, shown: int, phases: tuple[int | None, int | None]
) -> tuple[CineKind, tuple[int, ...]]:
    """Return what a run shows and its frames, for what a user asks for.

    Args:
        cine: all frames of the scene; one of a single frame, or of two phases, knows nothing else.
        wanted: what the user asks for.
        shown: the frame that is shown.
        phases: end-diastole and end-systole, where they are known.

    Raises:
        UsageError: both phases are wanted and not known.
    """
    if cine.kind is CineKind.SINGLE_FRAME or (cine.kind is CineKind.ED_AND_ES and wanted is CineKind.CYCLE):
        return cine.kind, tuple(range(len(cine.frames)))
    if wanted is CineKind.CYCLE:
        return wanted, tuple(range(len(cine.frames)))
    if wanted is CineKind.SINGLE_FRAME:
        return wanted, (shown,)
    ed, es = (0, 1) if cine.kind is CineKind.ED_AND_ES else phases
    if ed is None or es is None:
        raise UsageError(
            "Which frames are end-diastole and end-systole is not known yet; show each and mark it, or segment all "
            "frames."
        )
    return wanted, (ed, es)


def refuse_before_start(name: str, cine: Cine, kind: CineKind, frames: Sequence[int]) -> None:
    """Refuse frames of which the engine could make nothing.

    What their geometry tells was refused already, as they were read from the scene.

    Args:
        name: how to call the heart.
        cine: all frames of the scene.
        kind: what the frames of the run show.
        frames: of them, counted from 0.

    Raises:
        InputRefused: the sentence that the engine would say, after it had started and read the frames.
    """
    try:
        checked_cine(frames_of_kind(cine, kind, frames))
    except InputRefused as refusal:
        raise InputRefused(f"{name}: {refusal}.") from None
