"""Share items between this process and others on this machine.

loky starts the others: afresh, because the libraries that read tables and pictures keep threads that do not
survive a fork, and without importing the caller's script again, which would run it. This process works on
items itself, also while the others start: who is free takes the next one. What is handed to another process
ahead of time hides the time it takes to be heard there; where items are few, and so perhaps large, nothing
is, so that all end together.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Executor, Future, wait
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from bedside.errors import ToolError

__all__ = ["ONE_THREAD", "in_processes"]

Item = TypeVar("Item")
Result = TypeVar("Result")

ONE_THREAD = {"POLARS_MAX_THREADS": "1"}
_MOST_AHEAD = 4
_MANY_ITEMS_PER_WORKER = 8
_PARENT_CHECK_INTERVAL_S = 0.5


def in_processes(
    function: Callable[[Item], Result], items: Sequence[Item], *, workers: int, name: Callable[[Item], str]
) -> Generator[tuple[int, Result]]:
    """Yield the number of an item and its result as they come, from `workers` processes with this one.

    Raises:
        ToolError: another process died.
    """
    from loky import ProcessPoolExecutor
    from loky.process_executor import TerminatedWorkerError

    pool = ProcessPoolExecutor(workers - 1, initializer=_end_with, initargs=(os.getpid(),), env=ONE_THREAD)
    work = _Work(function, items)
    ahead = min(_MOST_AHEAD, max(1, len(items) // (_MANY_ITEMS_PER_WORKER * workers)))
    feeders = [threading.Thread(target=work.feed, args=(pool,)) for _ in range((workers - 1) * ahead)]
    for feeder in feeders:
        feeder.start()
    try:
        yield from work.results()
    except TerminatedWorkerError as error:
        suspects = " or ".join(name(items[number]) for number in sorted(work.elsewhere)[: workers - 1])
        raise ToolError(
            f"a worker process died while it worked on {suspects}",
            tail=str(error),
            fix="if memory ran out, use fewer workers",
        ) from error
    finally:
        work.stop()
        pool.shutdown(kill_workers=True)  # who idles, or still starts, need not end by itself
        for feeder in feeders:
            feeder.join()


@dataclass(frozen=True)
class _Work(Generic[Item, Result]):
    """Items of which each is done once, by whoever takes its number first.

    Attributes:
        function: what is done with an item.
        items: all of them.
        waiting: the numbers that nobody has taken.
        done: what other processes have finished, in that order.
        elsewhere: the numbers that other processes took and that have not been yielded.
    """

    function: Callable[[Item], Result]
    items: Sequence[Item]
    waiting: SimpleQueue[int] = field(default_factory=SimpleQueue[int])
    done: SimpleQueue[tuple[int, Future[Result]]] = field(default_factory=SimpleQueue)
    elsewhere: set[int] = field(default_factory=set[int])

    def __post_init__(self) -> None:
        for number in range(len(self.items)):
            self.waiting.put(number)

    def results(self) -> Generator[tuple[int, Result]]:
        """Work on items here, and yield what is finished here and elsewhere."""
        for _ in self.items:
            finished = _take(self.done)
            if finished is None and (number := _take(self.waiting)) is not None:
                yield number, self.function(self.items[number])
            else:
                number, future = finished or self.done.get()
                result = future.result()
                self.elsewhere.remove(number)
                yield number, result

    def feed(self, pool: Executor) -> None:
        """Keep one item at a time in `pool`, until there are none or one fails."""
        while (number := _take(self.waiting)) is not None:
            self.elsewhere.add(number)
            future = _outcome(pool, self.function, self.items[number])
            self.done.put((number, future))
            if future.exception() is not None:
                return

    def stop(self) -> None:
        """Leave the items that nobody has taken."""
        while _take(self.waiting) is not None:
            pass


def _outcome(pool: Executor, function: Callable[[Item], Result], item: Item) -> Future[Result]:
    """Work on an item in another process, and wait for it."""
    try:
        future = pool.submit(function, item)
    except RuntimeError as error:  # the pool is broken, or shut down
        future = Future[Result]()
        future.set_exception(error)
    wait([future])
    return future


def _take(queue: SimpleQueue[Item]) -> Item | None:
    try:
        return queue.get_nowait()
    except Empty:
        return None


def _end_with(parent: int) -> None:
    """End this process when its parent does, which a killed parent can no longer ask for."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_PARENT_CHECK_INTERVAL_S)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
