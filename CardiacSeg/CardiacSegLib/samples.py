"""The hearts that ship with QuantSeg, as the Sample Data module offers them."""

import hashlib

from slicer.i18n import tr as _

from QuantSegLib.sampleData import registerSamples, samplePath

PHANTOM = "HeartPhantomCine"
SUNNYBROOK = "HeartSunnybrookFrame"

# SHA-256 of each file; a test compares them with the files.
_SAMPLES = (
    (PHANTOM, "heart_phantom.nii.gz", "e30b95cf568bfb1976bdec97400fad28c187d9ab6c6a1a1eaffaafc73df054df"),
    (SUNNYBROOK, "heart_sunnybrook.nii.gz", "b74e7845ef5d836b58449bf91d953d017f39c0b14b235678ae4c4b4d1c88d47a"),
)


def registerSampleData(thumbnail):
    """Offer the samples in Slicer's Sample Data module, the beating one first.

    :param thumbnail: path of a picture.
    """
    # Slicer's own reader would take a file of four axes for a single volume.
    registerSamples(_SAMPLES, thumbnail, customDownloader=loadSample)


def loadSample(sample):
    """Load a sample as a cine with its browser, or as a single volume.

    :param sample: its name, or its source as the Sample Data module passes it.
    :return: the volume node that shows it.
    :raises RuntimeError: the file is not the one that ships with QuantSeg.
    """
    from CardiacSegLib.loading import loadHeart

    name = getattr(sample, "sampleName", sample)
    fileName, digest = next((file, digest) for known, file, digest in _SAMPLES if known == name)
    path = samplePath(fileName)
    if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
        raise RuntimeError(_("{file} is not the file that ships with QuantSeg; install it again.").format(file=path))
    return loadHeart(path, name)
