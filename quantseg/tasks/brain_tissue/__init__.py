"""Brain tissue: grey matter, white matter and fluid of a head or a brain, in any contrast."""
