"""What the heart panel does, without the panel."""

from itertools import pairwise
from statistics import fmean

import slicer

from CardiacSegLib.parameters import CardiacSegParameterNode, FramesChoice, ModelChoice
from QuantSegLib.panelLogic import PanelLogic
from QuantSegLib.taskChoices import taskOptions

_TRIGGER_TIME = "0018,1060"
_PATIENT = {"heightCm": "heightCm", "weightKg": "weightKg", "heartRate": "heartRateBpm"}


class CardiacSegLogic(PanelLogic):
    """Segments, measures, compares, approves and exports hearts; callable from other modules and scripts.

    Example::

      from CardiacSeg import CardiacSegLogic, ModelChoice, loadSample
      volume = loadSample("HeartPhantomCine")
      result = CardiacSegLogic().process(volume, model=ModelChoice.LEFT_OPEN)
      # result.measurements, result.curves, result.verdict, ...
    """

    taskName = "heart"
    parameterClass = CardiacSegParameterNode

    def startRun(  # type: ignore[override]  # Names what can be chosen here.
        self,
        inputVolume,
        frames=FramesChoice.ALL,
        model=ModelChoice.BOTH_VENTRICLES,
        phases=(None, None),
        patient=None,
        device="auto",
        acceptLicence=None,
    ):
        """Start the engine on a heart in a process of its own.

        :param inputVolume: shows the cine, or is a single short-axis stack.
        :param frames: which frames are segmented.
        :param model: which model outlines the heart.
        :param phases: end-diastole and end-systole, counted from 0, instead of those that would be found.
        :param patient: heightCm, weightKg and heartRate, as far as known.
        :param device: auto, cpu, cuda, cuda:N or mps.
        :param acceptLicence: SPDX identifier of the model's licence, where it forbids commercial use and nobody has
            agreed to it before.
        :return: quantseg.tasks.heart.review.run.HeartRun, to be followed, or cancelled.
        """
        self.requireDependencies()
        from quantseg.mrml.sequences import cine_nodes
        from quantseg.tasks.heart.reading.cine import CineKind
        from quantseg.tasks.heart.review.run import frames_to_run, refuse_before_start
        from quantseg.tasks.heart.review.scene_cine import scene_cine

        nodes = cine_nodes(inputVolume)
        if nodes is not None:
            self.noteFrameTimes(nodes)
        cine = scene_cine(inputVolume, nodes)
        shown = 0 if nodes is None else nodes.shown_frame
        kind, chosen = frames_to_run(cine, CineKind(frames.value), shown, phases)
        refuse_before_start(self.corrector().named_node(inputVolume).GetName(), cine, kind, chosen)
        return self._runOnCine(cine, (kind, chosen, phases), model, patient, device, acceptLicence)

    def startRunOnScan(self, name, scan, **choices):
        """Start the engine on all frames of a cine that was read from a file.

        :param name: how to call the cine.
        :param scan: quantseg.tasks.heart.reading.cine.Cine.
        :param choices: see :meth:`chosenForAll`.
        """
        del name  # A cine that was read is one that can be segmented.
        self.requireDependencies()
        from quantseg.tasks.heart.reading.cine import CineKind
        from quantseg.tasks.heart.review.run import frames_to_run

        none = (None, None)
        kind, frames = frames_to_run(scan, CineKind.CYCLE, 0, none)
        return self._runOnCine(scan, (kind, frames, none), **choices)

    def chosenForAll(self, parameterNode, ofTheImage):
        """Return model and processor: frames, phases and patient are of one cine alone."""
        del ofTheImage
        return {"model": parameterNode.model, "device": parameterNode.device}

    def _runOnCine(self, cine, kindFramesPhases, model, patient=None, device="auto", acceptLicence=None):
        from quantseg.tasks.heart.options import HeartOptions
        from quantseg.tasks.heart.reading.cine import CineKind
        from quantseg.tasks.heart.review.run import HeartRun
        from quantseg.tasks.options import arguments_of

        kind, frames, phases = kindFramesPhases
        choices = {_PATIENT[name]: value for name, value in (patient or {}).items()}
        if kind is CineKind.CYCLE:
            numbers = (None if frame is None else frame + 1 for frame in phases)
            choices |= dict(zip(("edFrameNumber", "esFrameNumber"), numbers, strict=True))
        options = taskOptions(HeartOptions, choices | {"model": model, "device": device})
        agreed = ["--accept-licence", acceptLicence] if acceptLicence else []
        return HeartRun(self.engine(), cine, kind, frames, arguments_of(options) + agreed)

    def noteFrameTimes(self, nodes):
        """Take the times of frames from their DICOM images where the sequence does not tell any.

        Slicer's importers number the frames of a cine, or index them by time, as they please.

        :param nodes: quantseg.mrml.sequences.CineNodes.
        """
        if nodes.frame_times_ms is not None:
            return
        times = [self._triggerTimeMs(volume) for volume in nodes.volumes()]
        if None not in times and all(before < after for before, after in pairwise(times)):
            nodes.keep_frame_times(times)

    def _triggerTimeMs(self, volume):
        """Return the mean over a frame's images; None where one does not tell it."""
        database = getattr(slicer, "dicomDatabase", None)
        uids = (volume.GetAttribute("DICOM.instanceUIDs") or "").split()
        if not uids or database is None:
            return None
        try:
            return fmean(float(database.instanceValue(uid, _TRIGGER_TIME)) for uid in uids)
        except ValueError:
            return None

    def mark(self, result, keeper, shownFrame):
        """Mark end-diastole, end-systole and the frame that is shown in the chart of a result.

        :param shownFrame: counted from 0.
        """
        from quantseg.review.shown_result import mark_shown_frame

        mark_shown_frame(self.present(result), keeper, shownFrame)

    def imageFile(self, volumeNode):
        """Return the file that a heart was loaded from; None if it came from elsewhere."""
        from quantseg.tasks.heart.review.scene_cine import file_of_heart

        return file_of_heart(volumeNode) or super().imageFile(volumeNode)

    def dicomExports(self, case, dicomExporter):
        """Return how every segmented frame goes back to DICOM; nothing where the cine did not come from there.

        :param dicomExporter: called with the case and a frame, returns what writes that frame.
        """
        from quantseg.review.exporting import DicomExport

        volumes = [case.volume_node] if case.nodes is None else case.nodes.volumes()
        files = {frame: self.dicomFiles(volumes[frame]) for frame in case.frames}
        if not all(files.values()):
            return []
        return [DicomExport(dicomExporter(case, f), files[f], place) for place, f in enumerate(case.frames)]
