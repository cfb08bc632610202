"""The frame measures by turns, says a ratio only of results that were checked, and never fails because of a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench import __main__ as command
from bench import machine
from bench.child import peak_mb
from bench.frame import Line, Turn, Wrong, counted, measured
from bench.table import heading, row
from tests.shape.test_house import imports, named, sources


class Clock:
    """CPU time as the work says it has used it."""

    def __init__(self) -> None:
        self.spent = 0.0
        self.done: list[str] = []

    def work(self, who: str, *seconds: float) -> Callable[[], str]:
        """Takes the seconds one after the other, the last of them from then on."""
        left = list(seconds)

        def done() -> str:
            self.spent += left.pop(0) if len(left) > 1 else left[0]
            self.done.append(who)
            return who

        return done


def agree(product: str, floor: str) -> None:
    if (product, floor) != ("product", "floor"):
        raise Wrong("mixed up")


def test_ratios_are_those_of_the_rounds() -> None:
    clock = Clock()
    turn = Turn(clock.work("product", 9, 2, 6, 4), clock.work("floor", 9, 2, 3, 1), agree)
    line = measured("work", lambda: [turn], 3, 2.0, cpu=lambda: clock.spent)
    assert line.ratios == (1, 2, 4)
    assert (line.product, line.floor, line.unit) == (4000, 2000, "ms CPU")
    assert line.noisy
    assert line.met
    assert clock.done == ["product", "floor"] * 4


def test_a_round_adds_up_its_turns_and_counts_nothing_between_them() -> None:
    clock = Clock()

    def turns() -> Iterator[Turn]:
        for part in (1, 2):
            clock.spent += 50  # making things ready
            yield Turn(clock.work("product", 3 * part), clock.work("floor", part), agree, clock.work("before", 70))

    line = measured("work", turns, 2, None, cpu=lambda: clock.spent, warm=False)
    assert (line.ratios, line.product, line.floor, line.met, line.noisy) == ((3, 3), 9000, 3000, None, False)


def test_quick_work_is_repeated_and_said_for_one_time() -> None:
    clock = Clock()
    line = measured(
        "work", lambda: [Turn(clock.work("product", 0.03), clock.work("floor", 0.02), agree)], 1, 1.6,
        cpu=lambda: clock.spent,
    )  # fmt: skip
    assert (clock.done.count("product"), clock.done.count("floor")) == (1 + 4, 1 + 5)
    assert (round(line.product, 6), round(line.floor, 6), line.met) == (30, 20, True)


@pytest.mark.parametrize("slip", ["product", "floor"])
def test_a_wrong_result_has_no_number(slip: str) -> None:
    """In whichever round it comes."""
    given = iter(["right", "right", "wrong"])
    good, bad = (lambda: "right"), (lambda: next(given))

    def check(product: str, floor: str) -> None:
        if product != floor:
            raise Wrong(f"{product} beside {floor}")

    turn = Turn(bad, good, check) if slip == "product" else Turn(good, bad, check)
    with pytest.raises(Wrong):
        measured("work", lambda: [turn], 5, 2.0, cpu=iter(range(1000)).__next__)


def test_what_is_counted_has_one_ratio_and_is_never_noisy() -> None:
    line = counted("bytes", "bytes", 150, 100, 1.3)
    assert (line.ratios, line.met, line.noisy) == ((1.5,), False, False)


def test_the_table_and_the_file_say_the_same() -> None:
    line = Line("work", "ms CPU", 20.0, 10.0, (1.9, 2.0, 2.6), 1.5)
    shown, kept = row(line), line.as_json()
    assert "2.00" in shown
    assert "(1.90 – 2.60)" in shown
    assert shown.endswith("noisy over")
    assert kept["ratios"] == {"min": 1.9, "median": 2.0, "max": 2.6}
    assert (kept["noisy"], kept["met"], kept["rounds"], kept["goal"]) == (True, False, 3, 1.5)
    assert len(heading()) <= len(shown)
    said = Line("other", note="not installed")
    assert row(said).split() == ["other", "not", "installed"]
    assert said.as_json() == {"what": "other", "note": "not installed"}


def test_the_machine_is_described_without_saying_whose_it_is() -> None:
    about = machine.described()
    assert about["cores"] >= 1
    assert about["fdatasync_ms"] > 0
    assert len(about["load_average"]) == 3
    assert "reportlab" in about["libraries"]
    assert str(about["cores"]) == machine.kind().split("-")[0]
    assert str(Path.home()) not in json.dumps(about)


def test_peak_memory_is_that_of_the_work_alone() -> None:
    """What this process holds does not count."""
    held = bytearray(200_000_000)
    small, large = peak_mb("tests.bench.test_frame:hold", "1"), peak_mb("tests.bench.test_frame:hold", "150")
    assert 140 < large - small < 160
    assert small < len(held) / 1e6


def hold(megabytes: str) -> None:
    """Work that needs as much memory as it is told."""
    assert b"x" * (int(megabytes) << 20)


def test_wrong_arguments_are_explained(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["nothing"], ["pdf", "--rounds", "0"], []):
        with pytest.raises(SystemExit):
            command.main(arguments)
        assert "usage: python -m bench" in capsys.readouterr().err


def test_floors_know_nothing_of_the_product() -> None:
    product = {"brigade", "api", "reports", "ocr", "pictures"}
    assert len(sources("bench/baselines")) > 2
    assert [
        f"{named(path)} imports {name}"
        for path in sources("bench/baselines")
        for name in imports(path)
        if name.split(".")[0] in product or (name.startswith("bench.") and not name.startswith("bench.baselines"))
    ] == []


def test_the_product_knows_nothing_of_benchmarks() -> None:
    ours = [path for package in ("brigade", "api", "reports", "pictures", "wsgi.py") for path in sources(package)]
    assert [named(path) for path in ours for name in imports(path) if name.split(".")[0] == "bench"] == []
