"""Training of the network for low-dose PET: simulated scans, and pairs of scans in a folder."""
