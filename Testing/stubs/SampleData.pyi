from collections.abc import Callable, Sequence
from typing import Any

from slicer import vtkMRMLScalarVolumeNode

def downloadSample(sampleName: str) -> vtkMRMLScalarVolumeNode: ...

class SampleDataLogic:
    @staticmethod
    def registerCustomSampleDataCategory(category: str, title: str | None = ...) -> None: ...
    @staticmethod
    def registerCustomSampleDataSource(
        category: str = ...,
        sampleName: str | None = ...,
        uris: str | Sequence[str] | None = ...,
        fileNames: str | Sequence[str] | None = ...,
        nodeNames: str | Sequence[str] | None = ...,
        customDownloader: Callable[..., Any] | None = ...,
        thumbnailFileName: str | None = ...,
        loadFileTypes: str | None = ...,
        checksums: str | None = ...,
    ) -> None: ...
