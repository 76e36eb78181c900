"""Map a pure function over many items: inline, or in a pool of processes on this machine.

The results stand in the order of the items whatever finished first, so the number of workers never changes
what comes out. loky starts the processes: afresh, because the libraries that read tables and pictures keep
threads that do not survive a fork, and without importing the caller's script again, which would run it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TypeVar

from bedside.console import progress

__all__ = ["map_items"]

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_items(
    function: Callable[[Item], Result], items: Sequence[Item], *, workers: int, description: str
) -> list[Result]:
    """Apply `function` to every item; an exception in any of them is raised here.

    Args:
        function: a pure function of one item; at module level where `workers` is above 1.
        items: what to work on.
        workers: number of processes; 1 works in this one.
        description: what the progress line says.
    """
    with progress(description, total=len(items)) as bar:
        if workers == 1 or len(items) < 2:
            results: list[Result] = []
            for item in items:
                results.append(function(item))
                bar.advance()
            return results
        from loky import ProcessPoolExecutor

        with ProcessPoolExecutor(min(workers, len(items))) as pool:
            futures = [pool.submit(function, item) for item in items]
            try:
                return [_finished(future, bar.advance) for future in futures]
            except BaseException:
                pool.shutdown(kill_workers=True)
                raise


def _finished(future: Future[Result], advance: Callable[[], None]) -> Result:
    result = future.result()
    advance()
    return result
