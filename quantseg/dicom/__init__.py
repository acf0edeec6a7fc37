"""A finished case as DICOM objects for an archive: segmentation, structured report, printed report, pictures."""
