"""The image that ships with QuantSeg, as the Sample Data module offers it for a brain."""

from QuantSegLib.sampleData import registerSamples

HEAD = "BrainHead"

# SHA-256 of each file; a test compares them with the files.
_SAMPLES = ((HEAD, "head_t1.nii.gz", "b9cab67179479bcaa91cd60b9f5b5a00c67fe50543028c419adfc3e81e7b3230"),)


def registerSampleData(thumbnail):
    """Offer the sample in Slicer's Sample Data module.

    :param thumbnail: path of a picture.
    """
    # NIfTI files may hold segmentations too; which of Slicer's readers comes first is not fixed.
    registerSamples(_SAMPLES, thumbnail, loadFileTypes="VolumeFile")
