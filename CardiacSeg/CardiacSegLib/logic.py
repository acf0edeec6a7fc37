"""What the heart panel does, without the panel."""

from itertools import pairwise
from statistics import fmean

import slicer

from CardiacSegLib.parameters import CardiacSegParameterNode, FramesChoice, ModelChoice
from QuantSegLib.panelLogic import PanelLogic
from QuantSegLib.taskChoices import taskOptions

_TABLE_TITLE, _CHART_TITLE = "Heart function", "Heart volumes"
_ROLE_TABLE, _ROLE_CHART = "QuantSeg.table", "QuantSeg.chart"
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

    def getParameterNode(self):
        """Return the panel's choices in the current scene."""
        return CardiacSegParameterNode(super().getParameterNode())

    def startRun(
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
        from quantseg.tasks.heart.options import HeartOptions
        from quantseg.tasks.heart.reading.cine import CineKind
        from quantseg.tasks.heart.review.run import HeartRun, frames_to_run
        from quantseg.tasks.heart.review.scene_cine import scene_cine
        from quantseg.tasks.options import arguments_of

        nodes = cine_nodes(inputVolume)
        if nodes is not None:
            self.noteFrameTimes(nodes)
        cine = scene_cine(inputVolume, nodes)
        shown = 0 if nodes is None else nodes.shown_frame
        kind, chosen = frames_to_run(cine, CineKind(frames.value), shown, phases)
        choices = {_PATIENT[name]: value for name, value in (patient or {}).items()}
        if kind is CineKind.CYCLE:
            numbers = (None if frame is None else frame + 1 for frame in phases)
            choices |= dict(zip(("edFrameNumber", "esFrameNumber"), numbers, strict=True))
        options = taskOptions(HeartOptions, choices | {"model": model, "device": device})
        agreed = ["--accept-licence", acceptLicence] if acceptLicence else []
        return HeartRun(self.engine(), cine, kind, chosen, arguments_of(options) + agreed)

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

    def show(self, result, keeper):
        """Fill table and chart of a result, made when first needed and kept with it.

        :param keeper: node that keeps what is known of the result.
        :return: table node; chart node, None where there is no curve.
        """
        from quantseg.mrml.curve_nodes import PlottedCurve, add_curve_chart, curve_chart_of, fill_curve_chart
        from quantseg.mrml.result_nodes import fill_table
        from quantseg.results.case_table import case_table

        table = self.keptNode(keeper, _ROLE_TABLE, "vtkMRMLTableNode", _TABLE_TITLE)
        presentation = self.corrector().presenter.present(result)
        content, drawn = case_table(result, presentation), presentation.chart
        fill_table(table, content.columns, content.rows)
        if drawn is None:
            return table, None
        chart = keeper.GetNodeReference(_ROLE_CHART)
        plot = None if chart is None else curve_chart_of(chart)
        if plot is None:
            plot = add_curve_chart(keeper.GetScene(), _CHART_TITLE)
            keeper.SetNodeReferenceID(_ROLE_CHART, plot.chart.GetID())
        curves = [PlottedCurve(line.name, line.colour, line.values) for line in drawn.lines]
        fill_curve_chart(plot, drawn.positions, drawn.axis_titles, curves)
        return table, plot.chart

    def mark(self, result, keeper, shownFrame):
        """Mark end-diastole, end-systole and the frame that is shown in the chart of a result.

        :param shownFrame: counted from 0.
        """
        from quantseg.mrml.curve_nodes import curve_chart_of, mark_frames

        chart = keeper.GetNodeReference(_ROLE_CHART)
        plot = None if chart is None else curve_chart_of(chart)
        if plot is None or result.curves is None:
            return
        times = curve_times(result.curves)
        top = max(max(curve.values) for curve in result.curves.curves)
        marked = {**result.phases, "shown": shownFrame}
        mark_frames(plot, {name: (times[frame], top) for name, frame in marked.items()})

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


def curve_times(curves):
    """Return where the frames of curves lie along the axis: their times, or their numbers where these are unknown.

    :param curves: quantseg.measure.curves.FrameCurves.
    """
    return curves.frame_numbers if curves.times_ms is None else curves.times_ms
