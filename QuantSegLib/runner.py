"""A run of the engine, followed by a timer, while Slicer stays usable."""

import qt

_INTERVAL_MS = 100


class EngineRunner:
    """Follows one run at a time.

    :param onStep: called with the step in words and the share of steps begun, whenever something new is known.
    :param onFinished: called with the finished run; its result is to be taken by the callee.
    """

    def __init__(self, onStep, onFinished):
        self._onStep, self._onFinished = onStep, onFinished
        self._run = None
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
        self._onStep(run.step, run.progress)
        self._timer.start()

    def cancel(self):
        """End the run, if there is one, and everything that it has started."""
        self._timer.stop()
        run, self._run = self._run, None
        if run is not None:
            run.cancel()

    def poll(self):
        """Look what is new; called by the timer."""
        run = self._run
        if run is None:
            return
        running = run.is_running
        self._onStep(run.step, run.progress)
        if running:
            return
        self._timer.stop()
        self._run = None
        self._onFinished(run)
