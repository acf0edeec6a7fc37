"""The images that ship with QuantSeg, as a panel offers them in the Sample Data module."""

from pathlib import Path

from slicer.i18n import tr as _

CATEGORY = "QuantSeg"


def registerSamples(samples, thumbnail, **sourceOptions):
    """Offer samples in Slicer's Sample Data module, in their order.

    :param samples: name, file name and SHA-256 of each.
    :param thumbnail: path of a picture.
    :param sourceOptions: how Slicer loads them, as its SampleDataSource takes it.
    """
    import SampleData

    SampleData.SampleDataLogic.registerCustomSampleDataCategory(CATEGORY, title=_("QuantSeg"))
    for name, fileName, digest in samples:
        SampleData.SampleDataLogic.registerCustomSampleDataSource(
            category=CATEGORY,
            sampleName=name,
            thumbnailFileName=str(thumbnail),
            # The file lies on this very machine: nothing is downloaded.
            uris=samplePath(fileName).as_uri(),
            fileNames=fileName,
            nodeNames=name,
            checksums=f"SHA256:{digest}",
            **sourceOptions,
        )


def samplePath(fileName):
    """Return where a sample lies, in a checkout as in an installed extension."""
    from quantseg.resources import resources_folder

    return Path(resources_folder()) / "SampleData" / fileName
