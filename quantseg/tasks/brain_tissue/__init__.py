"""Brain tissue: grey matter, white matter and fluid of a head or a brain on T1-weighted MRI."""
