"""How the viewer is set up: which archive it reads, and what it shows of a study that was measured."""

from __future__ import annotations

import json
import urllib.parse
from typing import Any

_LAYOUT = "quantseg"
_ARCHIVE = "/dicom-web"


def app_config(archive_name: str) -> str:
    """Return ``app-config.js``: one archive, below the viewer's own address, that is read and never written to.

    Args:
        archive_name: as the viewer shows it.
    """
    source = {
        "namespace": "@ohif/extension-default.dataSourcesModule.dicomweb",
        "sourceName": "dicomweb",
        "configuration": {
            "friendlyName": archive_name,
            "name": "archive",
            "wadoUriRoot": _ARCHIVE,
            "qidoRoot": _ARCHIVE,
            "wadoRoot": _ARCHIVE,
            "qidoSupportsIncludeField": False,
            "supportsReject": False,
            "supportsStow": False,
            "dicomUploadEnabled": False,
            "imageRendering": "wadors",
            "thumbnailRendering": "wadors",
            "enableStudyLazyLoad": True,
            "supportsFuzzyMatching": False,
            "supportsWildcard": True,
            "singlepart": "bulkdata,video,pdf",
            "bulkDataURI": {"enabled": True},
            "omitQuotationForMultipartRequest": True,
        },
    }
    settings = {
        "routerBasename": None,
        "modes": [],
        # No tour over the picture.
        "customizationService": [{"ohif.tours": {"$set": []}}],
        "showStudyList": True,
        "maxNumberOfWebWorkers": 3,
        "showWarningMessageForCrossOrigin": False,
        "showCPUFallbackMessage": False,
        "showLoadingIndicator": True,
        "strictZSpacingForVolumeViewport": True,
        # A segmentation that is opened is drawn at once, without a question.
        "disableConfirmationPrompts": True,
        "defaultDataSourceName": "dicomweb",
        "dataSources": [source],
    }
    extension = (
        '{ id: "quantseg.layout", getHangingProtocolModule: () => '
        f'[{{ name: "{_LAYOUT}", protocol: {json.dumps(_layout(), indent=2)} }}] }}'
    )
    return f"window.config = {json.dumps(settings, indent=2)};\nwindow.config.extensions = [{extension}];\n"


def study_address(viewer_url: str, study_instance_uid: str) -> str:
    """Return the address of a study: the images with the outlines over them, and the report beside.

    Args:
        viewer_url: without a slash at its end.
        study_instance_uid: of the study.
    """
    asked = urllib.parse.urlencode({"StudyInstanceUIDs": study_instance_uid, "hangingProtocolId": _LAYOUT})
    return f"{viewer_url}/viewer?{asked}"


def _layout() -> dict[str, Any]:
    """Return the viewer's own record of a layout (a "hanging protocol")."""
    return {
        "id": _LAYOUT,
        "name": "Segmentation and report",
        "protocolMatchingRules": [],
        "toolGroupIds": ["default"],
        "numberOfPriorsReferenced": 0,
        "defaultViewport": {
            "viewportOptions": {"viewportType": "stack", "toolGroupId": "default", "allowUnmatchedView": True},
            "displaySets": [{"id": "segmentation", "matchedDisplaySetsIndex": -1}],
        },
        "displaySetSelectors": {
            name: {"seriesMatchingRules": [{"attribute": "Modality", "constraint": {"equals": modality}}]}
            for name, modality in (("segmentation", "SEG"), ("report", "DOC"))
        },
        "stages": [
            {
                "name": "Segmentation and report",
                "viewportStructure": {"layoutType": "grid", "properties": {"rows": 1, "columns": 2}},
                "viewports": [
                    {
                        "viewportOptions": {"toolGroupId": "default", "allowUnmatchedView": True},
                        "displaySets": [{"id": name}],
                    }
                    for name in ("segmentation", "report")
                ],
            }
        ],
    }
