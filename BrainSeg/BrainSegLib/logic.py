"""What the brain panel does, without the panel."""

from BrainSegLib.parameters import BrainSegParameterNode
from QuantSegLib.panelLogic import PanelLogic
from QuantSegLib.scoreLogic import ScoreLogic

_AGE = "--age"


class BrainSegLogic(PanelLogic):
    """Segments, measures, compares, approves and exports tissues, and estimates the age of a brain.

    Callable from other modules and scripts. Example::

      import SampleData, slicer
      from BrainSeg import BrainSegLogic
      volume = SampleData.downloadSample("BrainHead")
      segmentation = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
      logic = BrainSegLogic()
      result = logic.process(volume, segmentation)  # result.measurements, result.verdict, ...
      age = logic.processAge(volume, ageYears=42)
    """

    taskName = "brain-tissue"
    parameterClass = BrainSegParameterNode

    def __init__(self, engine=None):
        super().__init__(engine)
        self.age = ScoreLogic("brain-age", self.engine)

    def startRun(self, inputVolume, parts=False, device="auto"):  # type: ignore[override]  # Names what can be chosen.
        """Start the engine on an image in a process of its own.

        :param inputVolume: T1-weighted head, or brain without its skull.
        :param parts: whether ventricles, deep grey matter, cerebellum and brain stem are told apart.
        :param device: auto, cpu, cuda, cuda:N or mps.
        :return: quantseg.review.engine_run.EngineRun, to be followed, or cancelled.
        """
        return super().startRun(inputVolume, parts=parts, device=device)

    def processAge(self, inputVolume, ageYears=0.0, device="auto"):
        """Estimate the age of a brain and wait for it; the estimate is kept with the image.

        :param ageYears: of the person at the time of the scan; 0 where not known.
        :param device: auto, cpu, cuda, cuda:N or mps.
        :return: quantseg.results.case.CaseResult.
        :raises quantseg.errors.QuantSegError: there is no estimate; the message says why and what to do.
        """
        self.requireDependencies()
        told = ageArguments(ageYears)
        run = self.age.startRun(inputVolume, (*told, "--device", device))
        self.waitFor(run)
        self.age.takeResult(run, inputVolume, told)
        return self.age.result(inputVolume)

    def exportCase(self, case, folder, dicomExporter=None):
        """Write all files of a case, and beside them those of the age of this brain; see PanelLogic."""
        written = super().exportCase(case, folder, dicomExporter)
        self.age.export(case.volume_node, folder, f"{self.caseName(case.volume_node)}_brain-age")
        return written


def ageArguments(ageYears):
    """Return what the command is told of the person's age; nothing where it is not known.

    :param ageYears: 0 where it is not known.
    """
    return (_AGE, f"{ageYears:g}") if ageYears else ()
