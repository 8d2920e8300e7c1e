"""Doing the same for many things, some of them at once."""

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def concurrently(
    work: Callable[[Item], Result], items: Iterable[Item], *, lanes: int
) -> Generator[tuple[Item, "Future[Result]"], None, None]:
    """Each item with its outcome, as they come to an end; `lanes` of them are under way at once.

    An item is taken, in the caller's thread, only when a lane is free for it, so any number of them may come.
    Whoever closes it stops the work: what is under way then is waited for, and nothing more begins.
    """
    waiting = iter(items)
    with ThreadPoolExecutor(lanes, thread_name_prefix="lane") as pool:
        under_way = {pool.submit(work, item): item for item in islice(waiting, lanes)}
        while under_way:
            for outcome in wait(under_way, return_when=FIRST_COMPLETED).done:
                yield under_way.pop(outcome), outcome
                for item in islice(waiting, 1):
                    under_way[pool.submit(work, item)] = item
