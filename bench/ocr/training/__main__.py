"""``python -m bench.ocr.training teach digits`` makes the weights anew, ``fit digits`` fits what its probabilities mean on
whole pages, ``measure digits`` says what the weights in place are worth.

See docs/howto/retrain-the-digit-reader.md.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

from bench.ocr.sources import Split
from bench.ocr.training.figures import figures, fitted_temperature, softened
from bench.ocr.training.readers import READERS, Reader
from ocr.looking.net import MODELS

CELLS = {"digits": 160_000, "ticks": 100_000, "black": 24_000}
ROUNDS = {"digits": 12, "ticks": 14, "black": 24}
MEASURED = {"digits": 12_000, "ticks": 60_000, "black": 4_000}


def main() -> None:
    """Does as told on the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.ocr.training", description=__doc__)
    parser.add_argument("deed", choices=("teach", "fit", "measure"))
    parser.add_argument("reader", choices=sorted(READERS))
    parser.add_argument("--cells", type=int, help="how many to teach with, or to measure on")
    parser.add_argument("--rounds", type=int, help="how often to go through them")
    parser.add_argument("--pages", type=int, default=90, help="whole pages to fit on, or to measure on")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1, help="processes that compose cells, threads that teach")
    parser.add_argument(
        "--further", action="store_true", help="go on from the weights in place, gently, with other cells"
    )
    parser.add_argument(
        "--pace", type=float, help="how large the largest steps are (default: net.PACE, further: net.GENTLE)"
    )
    parser.add_argument("--into", type=Path, default=MODELS, help="folder for the weights")
    said = parser.parse_args()
    reader = READERS[said.reader]
    if said.deed == "teach":
        said.into.mkdir(parents=True, exist_ok=True)
        cells, rounds = said.cells or CELLS[reader.name], said.rounds or ROUNDS[reader.name]
        go = {"cells": cells, "rounds": rounds, "seed": said.seed}
        teach(reader, go, said.workers, said.into, further=said.further, pace=said.pace)
        return
    from bench.ocr.training.measure import fit, measured  # pages need what draws them; who teaches does not have it

    if said.deed == "measure":
        print("\n".join(measured(reader.name, said.cells or MEASURED[reader.name], said.pages)))
    else:
        fit(reader, said.pages, said.seed)


def teach(
    reader: Reader, go: dict[str, int], workers: int, into: Path, *, further: bool, pace: float | None = None
) -> None:
    """Teaches a reader, fits what its probabilities mean, and writes ``NAME.onnx`` and ``NAME.json``."""
    import torch

    from bench.ocr.training import net as nets

    torch.set_num_threads(workers)
    torch.manual_seed(go["seed"])
    patches, labels = reader.cells(Split.TRAIN, go["cells"], go["seed"], workers)
    known_patches, known = reader.cells(Split.CALIBRATE, max(200, go["cells"] // 8), go["seed"], workers)
    net = nets.convolved(reader.channels, reader.strides, reader.hidden, reader.side, reader.classes)
    if further:
        nets.load(net, MODELS / f"{reader.name}.onnx")
    net = net.to(memory_format=torch.channels_last)

    def after(turn: int) -> None:
        print(f"  after {turn}: {figures(softened(nets.scores(net, known_patches), 1), known)}", flush=True)

    pace = pace or (nets.GENTLE if further else nets.PACE)
    nets.teach(net, patches, labels, rounds=go["rounds"], seed=go["seed"], pace=pace, after=after)
    path = into / f"{reader.name}.onnx"
    before = reader.told(MODELS)["taught"] if further else []
    nets.save(net, reader.side, path)
    told = {
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "temperature": fitted_temperature(nets.scores(net, known_patches), known),
        "taught": [*before, {**go, "pace": pace}],
    }
    reader.tell(into, told)


if __name__ == "__main__":
    main()
