"""The same work on a real Ray cluster: a private one, and ones that run already and must go on running."""

from __future__ import annotations

import operator
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bedside.errors import DataError, ToolError
from bedside.executor import map_items

pytestmark = pytest.mark.ray
ray = pytest.importorskip("ray")

WORDS = [f"{'x' * (n % 7)}{n}" for n in range(40)]


def on_ray(function, items, **options):
    return map_items(function, items, workers=2, description="on ray", executor="ray", **options)


def run_script(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", f"from bedside.executor import map_items\n{code}"],
        env={**{k: v for k, v in os.environ.items() if not k.startswith("RAY_")}, **environment},
        check=False,
        capture_output=True,
        text=True,
        timeout=180,
    )


@pytest.fixture
def ray_folder() -> Iterator[Path]:
    """A short path, because Ray's sockets lie below it."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="class")
def connected() -> Iterator[None]:
    """A cluster that this process started before and stays connected to."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", folder)  # where Ray keeps a token
        ray.init(
            num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR", _temp_dir=folder
        )
        yield
        ray.shutdown()


@pytest.mark.usefixtures("connected")
class TestClusterOfThisProcess:
    def test_results_are_the_local_ones_in_the_order_of_the_items(self) -> None:
        def slow_first(word: str) -> tuple[str, int]:
            time.sleep(0.5 if word == WORDS[0] else 0.0)
            return word[::-1], len(word)

        expected = map_items(slow_first, WORDS, workers=2, description="locally")
        assert on_ray(slow_first, WORDS) == expected
        assert on_ray(slow_first, []) == []
        assert ray.is_initialized()

    def test_the_workers_use_one_polars_thread(self) -> None:
        def threads(_: int) -> int:
            import polars as pl

            return pl.thread_pool_size()

        assert on_ray(threads, range(4)) == [1] * 4

    def test_an_exception_keeps_its_type_and_fields(self) -> None:
        def fail(line: int) -> None:
            raise DataError("not a number", file="a.csv", line=line, fix="look")

        with pytest.raises(DataError) as caught:
            on_ray(fail, [7])
        assert type(caught.value) is DataError
        assert (caught.value.reason, caught.value.file, caught.value.line) == (
            "not a number",
            Path("a.csv"),
            7,
        )
        assert str(caught.value) == "a.csv:7: not a number\n  → look"
        assert on_ray(operator.neg, [1, 2]) == [-1, -2]

    def test_a_dying_worker_is_reported_with_its_item(self) -> None:
        def die(path: Path) -> str:
            if path.name == "b":
                os._exit(3)
            return path.name

        with pytest.raises(ToolError, match=r"^Ray could not finish b\n"):
            on_ray(die, [Path("/data/a"), Path("/data/b")], name=lambda path: path.name)
        assert on_ray(operator.neg, [1, 2]) == [-1, -2]


def test_a_private_cluster_is_quiet_and_leaves_nothing_behind(tmp_path: Path, ray_folder: Path) -> None:
    done = run_script(
        "import operator, os, signal, ray\n"
        "before = dict(os.environ), signal.getsignal(signal.SIGTERM)\n"
        "for _ in range(2):\n"
        "    print(map_items(operator.neg, range(9), workers=2, description='', executor='ray'))\n"
        "print(ray.is_initialized(), before == (dict(os.environ), signal.getsignal(signal.SIGTERM)))\n",
        HOME=str(tmp_path),
        RAY_TMPDIR=str(ray_folder),
    )
    results = f"{[-n for n in range(9)]}\n"
    assert (done.stdout, done.stderr) == (f"{results}{results}False True\n", "")
    assert not list((ray_folder / "ray").glob("session_2*"))


def test_a_cluster_that_was_started_before_is_used_and_left_running(tmp_path: Path, ray_folder: Path) -> None:
    environment = {"HOME": str(tmp_path), "RAY_TMPDIR": str(ray_folder)}
    command = ["ray", "start", "--head", "--block", "--port=0", "--num-cpus=2", "--include-dashboard=false"]
    cluster = subprocess.Popen(
        [str(Path(sys.executable).parent / command[0]), *command[1:], "--disable-usage-stats"],
        env={
            **os.environ,
            **environment,
            "RAY_AUTH_MODE": "disabled",
            "RAY_GRACEFUL_SHUTDOWN_DRAIN_TIMEOUT_S": "0",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = ray_folder / "ray" / "ray_current_cluster"
        _wait_for(address)
        pids = "def pids(_):\n    import os\n    return os.getppid()\n"
        code = f"{pids}print(set(map_items(pids, range(4), workers=1, description='', executor='ray')))"
        found = run_script(code, **environment)
        named = run_script(code, **environment, RAY_ADDRESS=address.read_text())
        assert (found.stderr, named.stderr) == ("", "")
        assert found.stdout == named.stdout  # the workers' parent: the one raylet of that cluster
        assert cluster.poll() is None
    finally:
        cluster.terminate()
        cluster.wait(timeout=60)


def _wait_for(path: Path) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_an_address_where_no_cluster_is_names_the_variable(ray_folder: Path) -> None:
    done = run_script(
        "from bedside.errors import ToolError\n"
        "try:\n"
        "    map_items(abs, [1], workers=1, description='', executor='ray')\n"
        "except ToolError as error:\n"
        "    print(error)\n",
        RAY_ADDRESS="127.0.0.1:9",
        RAY_TMPDIR=str(ray_folder),
    )
    assert "no Ray cluster answers" in done.stdout
    assert "RAY_ADDRESS=local" in done.stdout
