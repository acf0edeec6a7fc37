"""MONAI bundles: labels, licence, hashes, safe loading."""
