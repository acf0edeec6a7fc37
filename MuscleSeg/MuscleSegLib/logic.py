"""What the lumbar muscle panel does, without the panel."""

import slicer
from slicer.i18n import tr as _

from MuscleSegLib.parameters import MuscleSegParameterNode
from QuantSegLib.panelLogic import PanelLogic


class MuscleSegLogic(PanelLogic):
    """Segments, measures, compares, approves and exports lumbar muscles.

    Callable from other modules and scripts. Example::

      import SampleData, slicer
      from MuscleSeg import MuscleSegLogic
      water, fat = (SampleData.downloadSample(f"LumbarDrawn {part}") for part in ("water", "fat"))
      segmentation = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
      logic = MuscleSegLogic()
      result = logic.process(water, segmentation, fatVolume=fat, heightM=1.75)
    """

    taskName = "lumbar-muscle"
    parameterClass = MuscleSegParameterNode

    def startRun(self, inputVolume, region=None, **choices):
        """Start the engine on an image in a process of its own.

        :param choices: as PanelLogic.startRun takes them; fatVolume is the fat image of the Dixon whose water image
            this is, None for a T1 or T2, and by default the one that :meth:`fatOf` finds; sliceIndex is a text, empty
            for every slice.
        :raises quantseg.errors.UsageError: one image is given as both.
        """
        from quantseg.errors import UsageError

        fat = choices.pop("fatVolume") if "fatVolume" in choices else self.fatOf(inputVolume)
        if fat is inputVolume:
            both = _("{image} is chosen as water and as fat; choose an image for each.")
            raise UsageError(both.format(image=inputVolume.GetName()))
        self.setFat(inputVolume, fat)
        return super().startRun(inputVolume, region, **choices)

    def chosen(self, parameterNode):
        """Return what a user has chosen in the panel, as :meth:`startRun` takes it."""
        one = str(parameterNode.sliceNumber) if parameterNode.oneSlice else ""
        return {**super().chosen(parameterNode), "fatVolume": parameterNode.fatVolume, "sliceIndex": one}

    def chosenForAll(self, parameterNode, ofTheImage):
        """Return what a user has chosen that holds for any image: neither slice, nor fat image, nor height."""
        return super().chosenForAll(parameterNode, {*ofTheImage, "sliceIndex"})

    def setFat(self, inputVolume, fatVolume):
        """Remember, with the scene, which image is the fat of a water image; None for none."""
        from quantseg.mrml.further_images import set_further_image
        from quantseg.tasks.lumbar_muscle.pairing import FAT_ROLE

        set_further_image(inputVolume, FAT_ROLE, fatVolume)

    def fatOf(self, inputVolume):
        """Return the fat image of a water image: the one that was chosen with it, or that is called so on its grid.

        :return: volume node; None where there is none, or more than one is called so.
        """
        from quantseg.mrml.further_images import further_image
        from quantseg.mrml.volume_node import grid_of_node
        from quantseg.tasks.lumbar_muscle.pairing import FAT_ROLE, is_fat_of

        known = further_image(inputVolume, FAT_ROLE)
        if known is not None:
            return known
        grid = grid_of_node(inputVolume)
        called = [one for one in _volumes() if is_fat_of(one.GetName(), inputVolume.GetName())]
        grids = [(one, grid_of_node(one)) for one in called]
        found = [one for one, own in grids if grid is not None and own is not None and own.same_as(grid)]
        return found[0] if len(found) == 1 else None

    def isImage(self, volume):
        """Tell whether a volume of the scene is an image to be segmented: no map, and no fat of another one."""
        return super().isImage(volume) and all(self.fatOf(one) is not volume for one in _volumes())

    def slicePlaces(self, inputVolume):
        """Return where the axial slices of an image lie.

        :return: quantseg.tasks.lumbar_muscle.axial_planes.SlicePlaces; None where there is no image.
        """
        from quantseg.mrml.volume_node import grid_of_node
        from quantseg.tasks.lumbar_muscle.axial_planes import slice_places

        grid = None if inputVolume is None else grid_of_node(inputVolume)
        return None if grid is None else slice_places(grid)

    def heightM(self, case):
        """Return the height in metres that a result is measured by; 0 where none is known."""
        from quantseg.tasks.lumbar_muscle.measuring import HEIGHT

        return float(case.document.facts.get(HEIGHT) or 0)

    def setHeight(self, case, heightM):
        """Measure a result by a height in metres from now on; 0 where it is not known."""
        from quantseg.tasks.lumbar_muscle.measuring import HEIGHT

        case.tell({HEIGHT: heightM or None})


def _volumes():
    from quantseg.mrml.scene_nodes import nodes_of_class

    return nodes_of_class(slicer.mrmlScene, "vtkMRMLScalarVolumeNode")
