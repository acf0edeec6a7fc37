"""A score that a task without labels gives of an image as a whole: estimated by the engine, kept with the image."""


class ScoreLogic:
    """Starts the engine for a score, and finds it again in the scene.

    :param taskName: name of the task in quantseg.tasks.registry.
    :param engine: called without arguments when the engine is first needed, returns how to start it.
    """

    def __init__(self, taskName, engine):
        self.taskName, self._engine = taskName, engine

    def task(self):
        """Return the record of the task.

        :return: quantseg.tasks.contract.Task.
        """
        from quantseg.tasks.registry import find_task

        return find_task(self.taskName)

    def startRun(self, inputVolume, arguments=()):
        """Start the engine on an image in a process of its own.

        :param arguments: of the task's command beside the image, such as ("--age", "42").
        :return: quantseg.review.engine_run.EngineRun, to be followed, or cancelled.
        :raises quantseg.errors.InputRefused: geometry or values alone tell that there would be no score.
        """
        from quantseg.mrml.volume_node import volume_of_node
        from quantseg.review.engine_run import EngineRun, volume_input
        from quantseg.review.foreseen import refuse_before_start

        task, volume = self.task(), volume_of_node(inputVolume)
        refuse_before_start(inputVolume.GetName(), volume, task.inputs[0].limits, task.refuse_grid)
        return EngineRun(self._engine(), self.taskName, volume_input(volume), list(arguments))

    def takeResult(self, run, inputVolume, arguments=()):
        """Keep the score of a finished run with its image.

        :param run: a finished quantseg.review.engine_run.EngineRun on the image as it is now.
        :param arguments: what it was started with.
        """
        from quantseg.results.reading_back import read_finished_document
        from quantseg.review.kept_score import KeptScore, keep_score

        document = run.result(read_finished_document)
        keep_score(inputVolume, KeptScore(document, self._identity(inputVolume), tuple(arguments)))

    def kept(self, inputVolume):
        """Return the score that was estimated of a node last, whatever the node holds by now.

        :return: quantseg.review.kept_score.KeptScore; None where none was.
        """
        from quantseg.review.kept_score import kept_score

        return kept_score(inputVolume, self.taskName)

    def result(self, inputVolume, name=None):
        """Return the score of an image.

        :param name: of the case; the engine's by default.
        :return: quantseg.results.case.CaseResult; None where there is no score of the image as it is now.
        """
        from quantseg.mrml.volume_node import volume_of_node
        from quantseg.reading.scan import ImageFormat, Scan

        kept = self.kept(inputVolume)
        if kept is None or not kept.image.same_as(self._identity(inputVolume)):
            return None
        scan = Scan(volume_of_node(inputVolume), ImageFormat.SCENE)
        return kept.document.case_result(scan, name=name or inputVolume.GetName())

    def present(self, result):
        """Return what the task shows of a score.

        :return: quantseg.results.presentation.Presentation.
        """
        return self.task().presenter.present(result)

    def export(self, inputVolume, folder, name):
        """Write the files of a score, if there is one; always as a draft, since what a person approves is labels.

        :param folder: receives a folder named after the case.
        :param name: of the case.
        :return: path of the folder; None where there is no score.
        """
        from pathlib import Path

        from quantseg.results.layout import IMAGE_HASH
        from quantseg.review.exporting import export_case

        result = self.result(inputVolume, name)
        if result is None:
            return None
        hashes = {IMAGE_HASH: self._identity(inputVolume).content_sha256}
        return export_case(result, None, Path(folder), self.task().presenter, hashes)

    def _identity(self, inputVolume):
        from quantseg.mrml.volume_node import volume_of_node
        from quantseg.review.image_of_result import ImageIdentity

        return ImageIdentity.of([volume_of_node(inputVolume)])
