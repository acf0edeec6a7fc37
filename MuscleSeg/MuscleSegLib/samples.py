"""The images that ship with QuantSeg, as the Sample Data module offers them for lumbar muscles: drawn, of nobody."""

from QuantSegLib.sampleData import registerSamples

WATER = "LumbarDrawn water"
FAT = "LumbarDrawn fat"

# SHA-256 of each file; a test compares them with the files.
_SAMPLES = (
    (WATER, "lumbar_drawn_water.nii.gz", "3c6e645b578c03f4374fe595a7acad7ff51b6865a554c5f668cd9e66632dee9b"),
    (FAT, "lumbar_drawn_fat.nii.gz", "0d6a516a981c70271a9d1b8cb3353015e318b77bd1a35489af108801656e0696"),
)


def registerSampleData(thumbnail):
    """Offer the samples in Slicer's Sample Data module.

    :param thumbnail: path of a picture.
    """
    # NIfTI files may hold segmentations too; which of Slicer's readers comes first is not fixed.
    registerSamples(_SAMPLES, thumbnail, loadFileTypes="VolumeFile")
