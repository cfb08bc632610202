"""The readers read what lies beside this file, from hands that they were never taught, and their weights are those
that were measured.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from ocr.looking import net
from ocr.looking.cells import SIDE, TICK_SIDE
from ocr.looking.digits import DOUBTFUL, read_digits
from ocr.looking.tick_boxes import read_ticks
from ocr.marks import BLANK, OTHER
from ocr.reading.ticks import MARK, NOTHING, SPOILT

PATCHES = np.load(Path(__file__).with_name("patches.npz"))


def floats(name: str) -> np.ndarray:
    return PATCHES[name].astype(np.float32) / 255


@pytest.mark.parametrize("name", ["digits", "ticks", "black"])
def test_weights_are_those_that_were_measured(name: str) -> None:
    told = json.loads((net.MODELS / f"{name}.json").read_text(encoding="utf-8"))
    weights = (net.MODELS / f"{name}.onnx").read_bytes()
    assert hashlib.sha256(weights).hexdigest() == told["sha256"]
    assert len(weights) < 400_000


def test_other_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for suffix in (".onnx", ".json"):
        tmp_path.joinpath(f"ticks{suffix}").write_bytes((net.MODELS / f"ticks{suffix}").read_bytes())
    with tmp_path.joinpath("ticks.onnx").open("ab") as weights:
        weights.write(b"\0")
    monkeypatch.setattr(net, "MODELS", tmp_path)
    net.loaded.cache_clear()
    with pytest.raises(ValueError, match="not the file"):
        net.loaded("ticks", 3, TICK_SIDE)


def test_digits_by_unknown_hands_are_read() -> None:
    odds, labels = read_digits(floats("digits")), PATCHES["digit_labels"]
    assert odds.shape == (len(labels), OTHER + 1)
    assert sorted(set(labels.tolist())) == list(range(10))
    assert odds.argmax(axis=1).tolist() == labels.tolist()
    assert np.allclose(odds.sum(axis=1), 1, atol=1e-5)


def test_doubtful_digits_are_looked_at_slanted_and_no_others() -> None:
    patches = np.concatenate([floats("digits"), floats("others")])
    once, odds = net.loaded("digits", OTHER + 1, SIDE).read(patches), read_digits(patches)
    doubtful = once.max(axis=1) < DOUBTFUL
    assert 0 < doubtful.sum() < len(patches)
    assert (odds == once).all(axis=1).tolist() == (~doubtful).tolist()
    assert np.allclose(odds.sum(axis=1), 1, atol=1e-5)


def test_what_is_no_single_digit_is_not_sure_to_be_one() -> None:
    odds = read_digits(floats("others"))
    assert odds[:, :10].max() < 0.5


def test_marks_by_unknown_hands_are_read() -> None:
    odds, labels = read_ticks(floats("ticks")), PATCHES["tick_labels"]
    assert sorted(set(labels.tolist())) == [NOTHING, MARK, SPOILT]
    assert odds.argmax(axis=1).tolist() == labels.tolist()


def test_empty_boxes_are_empty() -> None:
    assert read_digits(np.zeros((2, SIDE, SIDE), np.float32))[:, BLANK].min() > 0.99
    assert read_ticks(np.zeros((2, TICK_SIDE, TICK_SIDE), np.float32))[:, NOTHING].min() > 0.99


def test_a_patch_is_read_alike_whatever_others_come_with_it() -> None:
    patches = floats("digits")
    many = np.concatenate([np.zeros((5, SIDE, SIDE), np.float32), *[patches] * (2 + net.AT_ONCE // len(patches))])
    assert np.allclose(read_digits(many)[5 : 5 + len(patches)], read_digits(patches), atol=1e-5)
    assert np.allclose(read_digits(many)[-1], read_digits(patches[-1:])[0], atol=1e-5)


def test_no_patches_give_no_readings() -> None:
    assert read_digits(np.zeros((0, SIDE, SIDE), np.float32)).shape == (0, 12)
    assert read_ticks(np.zeros((0, TICK_SIDE, TICK_SIDE), np.float32)).shape == (0, 3)


@pytest.mark.parametrize("shape", [(SIDE, SIDE), (3, SIDE, TICK_SIDE), (1, 1, SIDE, SIDE)])
def test_patches_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="patches of"):
        read_digits(np.ones(shape, np.float32))
