"""Training of the heart models: data sets, slices, networks, doubt, new bundles."""
