"""Training of a member that is interrupted after its first checkpoint, beside one that is not."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from quantseg.training import loop
from quantseg.training.approach import Approach, Fold
from quantseg.training.cohort import LoadedCase
from quantseg.training.weights_file import WEIGHTS_FILE

_STEPS = 9
_CHECKPOINT_STEP = 4
_INTERRUPTED_STEP = 6


class Interruptible:
    """One member, trained for nine steps; a checkpoint follows the fourth, an interruption, if any, the sixth."""

    def __init__(
        self,
        approach: Approach,
        training: Sequence[LoadedCase],
        validation: Sequence[LoadedCase],
        inference: Mapping[str, Any],
        recipe: Mapping[str, Any],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(loop, "_CHECKPOINT_EVERY_STEPS", _CHECKPOINT_STEP)
        monkeypatch.setattr(loop, "_LOG_EVERY_STEPS", _INTERRUPTED_STEP)
        steps = {"samples": _STEPS * recipe["optimisation"]["batch_size"]}
        self._recipe = {**recipe, "seed": 7, "optimisation": {**recipe["optimisation"], **steps}}
        self._approach, self._inference = approach, inference
        self._training, self._validation = training, validation

    def train(self, folder: Path) -> None:
        """Train to the end, from the folder's checkpoint if there is one."""
        self._approach.train(self._fold(folder, lambda _line: None))

    def train_until_interrupted(self, folder: Path) -> None:
        def interrupt(line: str) -> None:
            if f"step {_INTERRUPTED_STEP}/{_STEPS}" in line:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            self._approach.train(self._fold(folder, interrupt))
        assert checkpoint_of(folder)["step"] == _CHECKPOINT_STEP

    def _fold(self, folder, report):
        cases = self._training, self._validation
        return Fold(0, folder, *cases, self._approach, self._inference, self._recipe, torch.device("cpu"), report)


def checkpoint_of(folder: Path) -> dict[str, Any]:
    return torch.load(folder / "checkpoint.pt", weights_only=True)


def weights_of(folder: Path) -> bytes:
    return (folder / WEIGHTS_FILE).read_bytes()
