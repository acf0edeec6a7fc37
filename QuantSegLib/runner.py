"""A run of the engine, followed by a timer, while Slicer stays usable."""

import qt
from slicer.i18n import tr as _

_INTERVAL_MS = 100


class EngineRunner:
    """Follows one run at a time.

    :param onStep: called with the step in words and the share of steps begun, whenever something new is known.
    :param onFinished: called with the finished run; its result is to be taken by the callee.
    """

    def __init__(self, onStep, onFinished):
        self._onStep, self._onFinished = onStep, onFinished
        self._run = None
        # Of the last run, as far as it came: what the next one is expected to take.
        self._stepSeconds: dict[str, float] = {}
        self._timer = qt.QTimer()
        self._timer.setInterval(_INTERVAL_MS)
        self._timer.timeout.connect(self.poll)

    @property
    def isRunning(self):
        """Whether a run is under way."""
        return self._run is not None

    def follow(self, run):
        """Follow a run to its end.

        :param run: quantseg.review.engine_run.EngineRun, just started.
        """
        self._run = run
        run.expect(self._stepSeconds)
        self._onStep(self._words(run), run.progress)
        self._timer.start()

    def cancel(self):
        """End the run, if there is one, and everything that it has started."""
        self._timer.stop()
        run, self._run = self._run, None
        if run is not None:
            run.cancel()

    def _words(self, run):
        from quantseg.review.time_left import time_in_words

        left = run.seconds_left
        return run.step if left is None else _("{step}, {time} left").format(step=run.step, time=time_in_words(left))

    def poll(self):
        """Look what is new; called by the timer."""
        run = self._run
        if run is None:
            return
        running = run.is_running
        self._onStep(self._words(run), run.progress)
        if running:
            return
        self._stepSeconds = {**self._stepSeconds, **run.step_seconds}
        self._timer.stop()
        self._run = None
        self._onFinished(run)
