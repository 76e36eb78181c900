"""The process pool: order kept, errors raised, nothing left behind, the caller's script never run again."""

from __future__ import annotations

import operator
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bedside.errors import DataError, MissingExtraError, ToolError
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


def test_only_the_workers_are_held_to_one_polars_thread() -> None:
    """polars reads the variable when it is imported: it must stand in a worker before its first item."""

    def threads(_: int) -> tuple[str | None, int]:
        import polars as pl

        return os.environ.get("POLARS_MAX_THREADS"), pl.thread_pool_size()

    before = os.environ.get("POLARS_MAX_THREADS")
    assert set(map_items(threads, range(4), workers=2, description="counting")) == {("1", 1)}
    assert map_items(threads, [0], workers=1, description="counting")[0][0] == before


def test_items_wait_until_a_worker_is_near_them() -> None:
    """Of many items only a few are pickled ahead of the results."""
    pickled: list[int] = []

    class Item:
        def __init__(self, number: int) -> None:
            self.number = number

        def __reduce__(self) -> tuple[type[int], tuple[int]]:
            pickled.append(self.number)
            return int, (self.number,)

    def fail(number: int) -> None:
        raise ValueError(number)

    with pytest.raises(ValueError, match=r"^0$"):
        map_items(fail, [Item(n) for n in range(1000)], workers=2, description="failing")  # type: ignore[arg-type]
    assert pickled == sorted(pickled)
    assert len(pickled) < 10


def test_a_dying_worker_is_reported_with_the_items_that_may_have_killed_it() -> None:
    def die(path: Path) -> str:
        if path.name == "b":
            os._exit(3)
        time.sleep(0.5)
        return path.name

    paths = [Path("/data/a"), Path("/data/b"), *[Path(f"/data/{n}") for n in range(20)]]
    with pytest.raises(ToolError, match="worker process died") as caught:
        map_items(die, paths, workers=2, description="dying", name=lambda path: path.name)
    first_line = str(caught.value).splitlines()[0]
    assert "b" in first_line.split(" while it worked on ")[1].split(" or ")
    assert "/data" not in first_line
    assert "fewer workers" in caught.value.fix


def test_data_errors_keep_their_fields_across_processes() -> None:
    def fail(line: int) -> None:
        raise DataError("not a number", file="a.csv", line=line, fix="look")

    for workers in (1, 2):
        with pytest.raises(DataError) as caught:
            map_items(fail, [7, 7, 7], workers=workers, description="failing")
        assert (caught.value.reason, caught.value.file, caught.value.line) == (
            "not a number",
            Path("a.csv"),
            7,
        )
        assert str(caught.value) == "a.csv:7: not a number\n  → look"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_its_parent(tmp_path: Path, number: signal.Signals) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import os, time\nfrom functools import partial\nfrom pathlib import Path\n"
        "from bedside.executor import map_items\n"
        "def work(folder, n):\n"
        "    (folder / f'{os.getpid()}.pid').touch()\n"
        "    time.sleep(60)\n"
        f"map_items(partial(work, Path({str(tmp_path)!r})), range(8), workers=2, description='sleeping')\n"
    )
    process = subprocess.Popen(
        [sys.executable, str(script)], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    workers = _until(lambda: [int(path.stem) for path in tmp_path.glob("*.pid")], count=2)
    os.kill(process.pid, number)
    _, said = process.communicate(timeout=30)
    assert process.returncode == -number
    if number == signal.SIGINT:
        assert said.count("Traceback") == 1  # the caller's own; the workers end without a word
    _until(lambda: [pid for pid in workers if not _alive(pid)], count=2)


def _until(find: Callable[[], list[int]], *, count: int) -> list[int]:
    deadline = time.monotonic() + 60
    while len(found := find()) < count:
        assert time.monotonic() < deadline, f"found only {found}"
        time.sleep(0.05)
    return found


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_ray_that_is_not_installed_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bedside.extras.available", lambda module: module != "ray")
    with pytest.raises(MissingExtraError, match="ray") as caught:
        map_items(operator.neg, [1, 2], workers=2, description="negated", executor="ray")
    assert caught.value.fix == 'pip install "bedside[ray]"'
