"""The images that ship with QuantSeg, as the Sample Data module offers them."""

from QuantSegLib.sampleData import registerSamples

HEAD = "HippocampusHead"

# SHA-256 of each file; a test compares them with the files.
_SAMPLES = (
    (HEAD, "head_t1.nii.gz", "b9cab67179479bcaa91cd60b9f5b5a00c67fe50543028c419adfc3e81e7b3230"),
    (
        "HippocampusCrop199",
        "hippocampus_199.nii.gz",
        "8a7cc12ab9d6287051e098d279503da1006d9aa031b4ac77cc6696226e3613c3",
    ),
    (
        "HippocampusCrop242",
        "hippocampus_242.nii.gz",
        "21b0147ce457ddd800e9eada0dcaf51c9ad7b9ad51c25f8232c1c8e63793ddb7",
    ),
    (
        "HippocampusCrop337",
        "hippocampus_337.nii.gz",
        "e1b3cfb8fbb3503bfbbc0e41e41f11b4e0833712bb16275d6fcc050399aea297",
    ),
)


def registerSampleData(thumbnail):
    """Offer the samples in Slicer's Sample Data module, the whole head first.

    :param thumbnail: path of a picture.
    """
    # NIfTI files may hold segmentations too; which of Slicer's readers comes first is not fixed.
    registerSamples(_SAMPLES, thumbnail, loadFileTypes="VolumeFile")
