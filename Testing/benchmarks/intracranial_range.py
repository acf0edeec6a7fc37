"""The intracranial volumes of a table of adults, by which implausible ones are told.

    python Testing/benchmarks/intracranial_range.py OASIS1_brains/subjects.csv

The table is that of OASIS-1 (Marcus et al., J Cogn Neurosci 2007;19:1498), with a column ``eTIV`` in ml.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np


def main() -> None:
    """Print count, range and percentiles."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", type=Path)
    with parser.parse_args().table.open(encoding="utf-8", newline="") as rows:
        volumes_ml = np.array([float(row["eTIV"]) for row in csv.DictReader(rows) if row["eTIV"]])
    low, middle, high = np.percentile(volumes_ml, [2.5, 50, 97.5])
    print(f"{len(volumes_ml)} sessions, {volumes_ml.min():.0f} to {volumes_ml.max():.0f} ml")
    print(f"median {middle:.0f} ml, 95 % within {low:.0f} to {high:.0f} ml")


if __name__ == "__main__":
    main()
