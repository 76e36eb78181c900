"""Map a pure function over many items: here, in a pool of processes on this machine, or on a Ray cluster.

The results stand in the order of the items whatever finished first, so neither the number of workers nor the
executor changes what comes out. A few items per worker are under way at a time; the others wait unpickled.
Every process but the caller's works with one polars thread, so that processes add up instead of competing.
What an item means, and which items are large, this package does not know.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from typing import Literal, TypeVar

from bedside import extras
from bedside.console import progress

__all__ = ["ExecutorName", "map_items", "usable_cores"]

Item = TypeVar("Item")
Result = TypeVar("Result")
ExecutorName = Literal["local", "ray"]


def usable_cores() -> int:
    """Count the cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


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
        workers: number of processes, this one among them. On a Ray cluster that runs already its CPUs decide.
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
        from bedside.executor.ray_cluster import on_ray

        return on_ray(function, items, workers=workers, name=name)
    if workers == 1 or len(items) < 2:
        return ((number, function(item)) for number, item in enumerate(items))
    from bedside.executor.processes import in_processes

    return in_processes(function, items, workers=min(workers, len(items)), name=name)
