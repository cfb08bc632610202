"""A small net that tells patches apart, run by OpenCV: its weights and what is known of them lie in ``ocr/models/``.

``NAME.onnx`` holds the weights and gives scores; ``NAME.json`` beside it names their hash and the temperature by which
scores become probabilities that mean something. Both are written by ``python -m bench.ocr.training``.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

MODELS = Path(__file__).parents[1] / "models"

Floats = NDArray[np.float32]

AT_ONCE = 256
"""Patches of one run: more gain no speed and take memory."""


class Net:
    """One reader's net. Not to be shared between threads."""

    def __init__(self, weights: bytes, temperature: float, classes: int, side: int) -> None:
        self._net = cv2.dnn.readNetFromONNX(np.frombuffer(weights, np.uint8))
        self._temperature = temperature
        self._classes = classes
        self._side = side
        self._of_nothing = self._probabilities(np.zeros((1, side, side), np.float32))

    def read(self, patches: Floats) -> Floats:
        """Probabilities (n × classes) of patches (n × side × side, ink 1). ValueError where they have another shape."""
        if patches.ndim != 3 or patches.shape[1:] != (self._side, self._side):
            raise ValueError(f"patches of {patches.shape}, not of {self._side}")
        odds = np.repeat(self._of_nothing, len(patches), axis=0)
        inked = np.flatnonzero(patches.any(axis=(1, 2)))  # most boxes of a form are empty
        for start in range(0, len(inked), AT_ONCE):
            chosen = inked[start : start + AT_ONCE]
            odds[chosen] = self._probabilities(patches[chosen])
        return odds

    def _probabilities(self, patches: Floats) -> Floats:
        self._net.setInput(np.ascontiguousarray(patches[:, None], np.float32))
        scores = np.asarray(self._net.forward(), np.float64).reshape(len(patches), self._classes) / self._temperature
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True), np.float32)


@cache
def loaded(name: str, classes: int, side: int) -> Net:
    """The net of that name, once per process. ValueError where its weights are not those that were measured."""
    weights = (MODELS / f"{name}.onnx").read_bytes()
    known = json.loads((MODELS / f"{name}.json").read_text(encoding="utf-8"))
    if hashlib.sha256(weights).hexdigest() != known["sha256"]:
        raise ValueError(f"{name}.onnx is not the file that {name}.json tells of")
    return Net(weights, float(known["temperature"]), classes, side)
