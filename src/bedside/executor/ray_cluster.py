"""Work on items on a Ray cluster.

A cluster that runs already is joined and left running: the one this process is connected to, the one
`RAY_ADDRESS` names, or the one that `ray start` started on this machine. Otherwise a private one is started
and shut down; it has no dashboard, reports nothing to anyone and, as is Ray's default, answers only to a
token. On a cluster of several machines every node needs bedside installed and must see the same files under
the same paths. A node that is lost costs its items only: Ray works on them again.
"""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import socket
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from bedside import extras
from bedside.errors import ToolError
from bedside.executor.processes import ONE_THREAD

__all__ = ["on_ray"]

Item = TypeVar("Item")
Result = TypeVar("Result")

_ITEMS_PER_CPU = 2
_OBJECT_STORE_BYTES = 256 * 2**20
_CONNECT_TIMEOUT_S = 10.0
_QUIET = {"log_to_driver": False, "logging_level": "ERROR"}
_NO_NOTICES = {"RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0", "RAY_USAGE_STATS_ENABLED": "0"}


def on_ray(
    function: Callable[[Item], Result], items: Sequence[Item], *, workers: int, name: Callable[[Item], str]
) -> Generator[tuple[int, Result]]:
    """Yield the number of an item and its result as they come, from a Ray cluster.

    Raises:
        ToolError: the cluster cannot be reached, or an item's process or node died again and again.
        MissingExtraError: Ray is not installed.
    """
    ray: Any = extras.require("ray", extra="ray", purpose="running on a Ray cluster")
    waiting = enumerate(items)
    running: dict[Any, int] = {}
    with _cluster(ray, workers=min(workers, len(items))) as cpus:
        call = ray.remote(num_cpus=1)(_call)
        pickled = ray.put(ray.cloudpickle.dumps(function))
        while True:
            for number, item in islice(waiting, cpus * _ITEMS_PER_CPU - len(running)):
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
            socket.create_connection((host.strip("[]"), int(port)), timeout=_CONNECT_TIMEOUT_S).close()
    except (OSError, ValueError) as error:
        raise _unreachable(error) from error
    return found


def _start(ray: Any, *, workers: int) -> Path:
    """Start a private cluster and return the folder that it keeps."""
    os.environ.update(_NO_NOTICES)
    context = ray.init(
        "local", num_cpus=workers, include_dashboard=False, object_store_memory=_OBJECT_STORE_BYTES, **_QUIET
    )
    return Path(context.address_info["session_dir"])


def _join(ray: Any, address: str) -> None:
    try:
        ray.init(address, **_QUIET)
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
