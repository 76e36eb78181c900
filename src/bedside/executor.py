"""Map a pure function over many items: inline, in a pool of processes on this machine, or on a Ray cluster.

The results stand in the order of the items whatever finished first, so neither the number of workers nor the
executor changes what comes out. A few items per worker are under way at a time; the others wait unpickled.
Every process but the caller's works with one polars thread, so that processes add up instead of competing.

loky starts the processes: afresh, because the libraries that read tables and pictures keep threads that do
not survive a fork, and without importing the caller's script again, which would run it.

On Ray, a cluster that runs already is joined and left running: the one this process is connected to, the one
`RAY_ADDRESS` names, or the one `ray start` started on this machine. Otherwise a private one is started and
shut down, which has no dashboard, reports nothing to anyone and, Ray's default, answers only to a token. On a
cluster of several machines every node needs bedside installed and must see the same files under the same
paths. What an item means, and which items are large, this module does not know.
"""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal, TypeVar

from bedside import extras
from bedside.console import progress
from bedside.errors import ToolError

__all__ = ["ExecutorName", "map_items"]

Item = TypeVar("Item")
Result = TypeVar("Result")
ExecutorName = Literal["local", "ray"]

ITEMS_PER_WORKER = 2
ONE_THREAD = {"POLARS_MAX_THREADS": "1"}
PARENT_CHECK_INTERVAL_S = 1.0
CONNECT_TIMEOUT_S = 10.0
OBJECT_STORE_BYTES = 256 * 2**20
QUIET = {"log_to_driver": False, "logging_level": "ERROR"}
NO_NOTICES = {"RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0", "RAY_USAGE_STATS_ENABLED": "0"}


def map_items(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    workers: int,
    description: str,
    executor: ExecutorName = "local",
    name: Callable[[Item], str] = str,
) -> list[Result]:
    """Apply `function` to every item; an exception in any of them is raised here and stops the rest.

    Args:
        function: a pure function of one item, which other processes can unpickle.
        items: what to work on; they are begun in this order, so put the largest first.
        workers: number of processes; 1 works in this one. On a Ray cluster that runs already its CPUs decide.
        description: what the progress line says.
        executor: `local` for this machine, `ray` for a Ray cluster.
        name: how an item is called in an error.

    Raises:
        ToolError: a worker process died, or the Ray cluster cannot be reached.
        MissingExtraError: `ray` is asked for and not installed.
    """
    if executor == "ray":
        extras.check("ray", extra="ray", purpose="running on a Ray cluster")
    with progress(description, total=len(items)) as bar:
        results: dict[int, Result] = {}
        with closing(_finished(function, items, workers=workers, executor=executor, name=name)) as finished:
            for number, result in finished:
                results[number] = result
                bar.advance()
    return [results[number] for number in range(len(items))]


def _finished(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    workers: int,
    executor: ExecutorName,
    name: Callable[[Item], str],
) -> Generator[tuple[int, Result]]:
    """Yield the number of an item and its result as they come."""
    if executor == "ray" and items:
        return _on_ray(function, items, workers=workers, name=name)
    if workers == 1 or len(items) < 2:
        return ((number, function(item)) for number, item in enumerate(items))
    return _in_processes(function, items, workers=min(workers, len(items)), name=name)


def _in_processes(
    function: Callable[[Item], Result], items: Sequence[Item], *, workers: int, name: Callable[[Item], str]
) -> Generator[tuple[int, Result]]:
    from loky import ProcessPoolExecutor
    from loky.process_executor import TerminatedWorkerError

    pool = ProcessPoolExecutor(workers, initializer=_end_with, initargs=(os.getpid(),), env=ONE_THREAD)
    waiting = enumerate(items)
    running: dict[Future[Result], int] = {}
    try:
        while True:
            for number, item in islice(waiting, workers * ITEMS_PER_WORKER - len(running)):
                running[pool.submit(function, item)] = number
            if not running:
                break
            done = wait(running, return_when=FIRST_COMPLETED).done
            for future in sorted(done, key=running.__getitem__):
                result = future.result()
                yield running.pop(future), result
    except TerminatedWorkerError as error:
        # Items are begun in order: one of the first unfinished ones was in the process that died.
        suspects = [name(items[number]) for number in sorted(running.values())[:workers]]
        raise ToolError(
            f"a worker process died while it worked on {' or '.join(suspects)}",
            tail=str(error),
            fix="if memory ran out, use fewer workers",
        ) from error
    finally:
        pool.shutdown(kill_workers=bool(running))


def _end_with(parent: int) -> None:
    """End this worker when its parent does, which a killed parent can no longer ask for."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(PARENT_CHECK_INTERVAL_S)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _on_ray(
    function: Callable[[Item], Result], items: Sequence[Item], *, workers: int, name: Callable[[Item], str]
) -> Generator[tuple[int, Result]]:
    ray: Any = extras.require("ray", extra="ray", purpose="running on a Ray cluster")
    waiting = enumerate(items)
    running: dict[Any, int] = {}
    with _cluster(ray, workers=min(workers, len(items))) as cpus:
        call = ray.remote(num_cpus=1)(_call)
        pickled = ray.put(ray.cloudpickle.dumps(function))
        while True:
            for number, item in islice(waiting, cpus * ITEMS_PER_WORKER - len(running)):
                running[call.remote(pickled, ray.cloudpickle.dumps(item))] = number
            if not running:
                break
            for reference in ray.wait(list(running), num_returns=1)[0]:
                number = running.pop(reference)
                yield number, _fetched(ray, reference, name(items[number]))


@dataclass(frozen=True)
class _Raised:
    """An exception of the function, carried as a value: Ray would wrap it in a type of its own."""

    error: Exception


def _call(pickled_function: bytes, pickled_item: bytes) -> Any:
    """Work on one item in a Ray worker; nothing that imports polars is unpickled before it is limited."""
    os.environ.update(ONE_THREAD)
    try:
        function = pickle.loads(pickled_function)  # noqa: S301 - from the process that calls this one
        return function(pickle.loads(pickled_item))  # noqa: S301 - the same
    except Exception as error:  # noqa: BLE001 - raised again where map_items was called
        return _Raised(error)


def _fetched(ray: Any, reference: Any, item: str) -> Any:
    try:
        result = ray.get(reference)
    except ray.exceptions.RayError as error:
        raise ToolError(
            f"Ray could not finish {item}",
            tail=str(error),
            fix="if a worker ran out of memory, give it fewer CPUs; every node needs bedside and the files",
        ) from error
    if isinstance(result, _Raised):
        raise result.error
    return result


@contextmanager
def _cluster(ray: Any, *, workers: int) -> Generator[int]:
    """Join the Ray cluster that runs, or start a private one for as long; yields its number of CPUs."""
    if ray.is_initialized():
        yield _cpus(ray)
        return
    with _process_settings_kept():
        address = _running(ray)
        session = _start(ray, workers=workers) if address is None else _join(ray, address)
        try:
            yield _cpus(ray)
        finally:
            ray.shutdown()
            if session is not None:
                shutil.rmtree(session, ignore_errors=True)


def _running(ray: Any) -> str | None:
    """Find the cluster that `RAY_ADDRESS` names or `ray start` started here, and knock at it.

    Ray would try for ten minutes where nobody answers.
    """
    address = os.environ.get("RAY_ADDRESS", "")
    if "://" in address:  # a Ray Client, which gives up by itself
        return address
    try:
        found = ray._private.services.canonicalize_bootstrap_address(address or None)  # noqa: SLF001 - the only way to ask without connecting
        if found is not None:
            host, _, port = found.rpartition(":")
            socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_TIMEOUT_S).close()
    except (OSError, ValueError) as error:
        raise _unreachable(error) from error
    return found


def _start(ray: Any, *, workers: int) -> Path:
    """Start a private cluster and return the folder that it keeps."""
    os.environ.update(NO_NOTICES)
    context = ray.init(
        "local", num_cpus=workers, include_dashboard=False, object_store_memory=OBJECT_STORE_BYTES, **QUIET
    )
    return Path(context.address_info["session_dir"])


def _join(ray: Any, address: str) -> None:
    try:
        ray.init(address, **QUIET)
    except (ConnectionError, RuntimeError) as error:
        raise _unreachable(error) from error


def _unreachable(error: Exception) -> ToolError:
    return ToolError(
        f"no Ray cluster answers ({error})",
        fix="set RAY_ADDRESS to one that runs, or RAY_ADDRESS=local for a private one; "
        "`ray stop` forgets one that was started on this machine",
    )


def _cpus(ray: Any) -> int:
    return max(1, int(ray.cluster_resources().get("CPU", 1)))


@contextmanager
def _process_settings_kept() -> Generator[None]:
    """Undo what Ray changes in the process that uses it: environment variables and the SIGTERM handler."""
    environment = dict(os.environ)
    in_main_thread = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        _restore(environment)
        if in_main_thread:
            signal.signal(signal.SIGTERM, handler)


def _restore(environment: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
