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


def test_only_the_other_processes_are_held_to_one_polars_thread() -> None:
    """polars reads the variable when it is imported: it must stand in a process before its first item."""

    def threads(_: int) -> tuple[int, str | None, int]:
        import polars as pl

        time.sleep(0.1)
        return os.getpid(), os.environ.get("POLARS_MAX_THREADS"), pl.thread_pool_size()

    before = os.environ.get("POLARS_MAX_THREADS")
    by_process = {
        pid: rest for pid, *rest in map_items(threads, range(40), workers=3, description="counting")
    }
    assert by_process.pop(os.getpid())[0] == before
    assert list(by_process.values()) == [["1", 1]] * 2


def test_work_begins_here_while_the_other_processes_start() -> None:
    def times(_: int) -> tuple[int, float]:
        time.sleep(0.01)
        return os.getpid(), time.monotonic()

    done = map_items(times, range(300), workers=2, description="timing")
    first = {pid: min(at for other, at in done if other == pid) for pid, _ in done}
    assert len(first) == 2
    assert min(first, key=first.__getitem__) == os.getpid()


def test_items_wait_until_a_process_is_near_them() -> None:
    """Of many items only a few are pickled ahead of the results."""
    pickled: list[int] = []

    class Item:
        def __init__(self, number: int) -> None:
            self.number = number

        def __reduce__(self) -> tuple[type[int], tuple[int]]:
            pickled.append(self.number)
            return int, (self.number,)

    def fail_elsewhere(item: int | Item) -> None:
        if isinstance(item, int):
            raise ValueError(item)  # noqa: TRY004 - which one is what the test looks at
        time.sleep(0.01)

    with pytest.raises(ValueError, match=r"^\d$"):
        map_items(fail_elsewhere, [Item(n) for n in range(1000)], workers=2, description="failing")
    assert 0 < len(pickled) < 10


def test_a_dying_process_is_reported_with_the_items_that_may_have_killed_it() -> None:
    here = os.getpid()

    def die_elsewhere(path: Path) -> None:
        if os.getpid() != here:
            os._exit(3)
        time.sleep(0.05)

    paths = [Path(f"/data/{letter}") for letter in "abcdefghijklmnopqrstuvwxyz"]
    with pytest.raises(ToolError, match=r"a worker process died while it worked on [a-z]\n") as caught:
        map_items(die_elsewhere, paths, workers=2, description="dying", name=lambda path: path.name)
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
        f"map_items(partial(work, Path({str(tmp_path)!r})), range(8), workers=3, description='sleeping')\n"
    )
    process = subprocess.Popen(
        [sys.executable, str(script)], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    workers = _until(lambda: [int(path.stem) for path in tmp_path.glob("*.pid")], count=3)
    os.kill(process.pid, number)
    _, said = process.communicate(timeout=30)
    assert process.returncode == -number
    if number == signal.SIGINT:
        assert said.count("Traceback") == 1  # the caller's own; the workers end without a word
    _until(lambda: [pid for pid in workers if not _alive(pid)], count=3)


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
