"""The process pool: order kept, errors raised, and the caller's script never run again."""

from __future__ import annotations

import operator
import subprocess
import sys
from pathlib import Path

import pytest

from bedside.executor import map_items


@pytest.mark.parametrize("workers", [1, 2])
def test_results_stand_in_the_order_of_the_items(workers: int) -> None:
    assert map_items(operator.neg, range(20), workers=workers, description="negated") == [
        -n for n in range(20)
    ]


def test_the_order_does_not_depend_on_what_finishes_first() -> None:
    expressions = ["(__import__('time').sleep(0.3), 0)[1]", *map(str, range(1, 6))]
    assert map_items(eval, expressions, workers=2, description="waiting") == list(range(6))


@pytest.mark.parametrize("workers", [1, 2])
def test_an_exception_reaches_the_caller(workers: int) -> None:
    with pytest.raises(ValueError, match="invalid literal for int"):
        map_items(int, ["1", "2", "three", "4"], workers=workers, description="failing")


def test_one_worker_needs_no_importable_function() -> None:
    assert map_items(lambda number: number + 1, [1, 2], workers=1, description="inline") == [2, 3]


def test_no_items_give_no_results() -> None:
    assert map_items(operator.neg, [], workers=4, description="nothing") == []


def test_a_script_without_a_main_guard_is_not_run_again_by_the_workers(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import operator\nfrom bedside.executor import map_items\nprint('run')\n"
        "print(map_items(operator.neg, [1, 2, 3], workers=2, description='negated'))\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout == "run\n[-1, -2, -3]\n"
