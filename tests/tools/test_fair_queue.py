import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, nullcontext

import pytest

from tools.fair_queue import FairQueue


def held(queue: FairQueue, caller: str, *, limit_s: float = 0.05) -> ExitStack:
    """A place that is held until the stack is closed."""
    with ExitStack() as stack:
        stack.enter_context(queue.place_from_a_thread(caller, limit_s=limit_s))
        return stack.pop_all()


def test_one_caller_leaves_a_place_for_others() -> None:
    queue = FairQueue(3, per_caller=2)
    with held(queue, "ann"), held(queue, "ann"):
        with pytest.raises(TimeoutError):
            held(queue, "ann")
        with held(queue, "bob"), pytest.raises(TimeoutError):
            held(queue, "eve")
    with held(queue, "eve"), held(queue, "eve"):
        pass
    assert queue.waiting == 0


def test_callers_that_wait_are_served_in_turns() -> None:
    queue, served = FairQueue(1), list[str]()

    def ask(caller: str) -> None:
        with queue.place_from_a_thread(caller, limit_s=10):
            served.append(caller)

    with ThreadPoolExecutor(5) as threads, held(queue, "first"):
        for number, caller in enumerate(("ann", "ann", "ann", "bob", "bob"), start=1):
            threads.submit(ask, caller)
            wait_until_waiting(queue, number)
    assert served == ["ann", "bob", "ann", "bob", "ann"]


def test_one_that_has_its_share_does_not_hold_up_the_next() -> None:
    queue, served = FairQueue(2, per_caller=1), threading.Event()
    with ThreadPoolExecutor(2) as threads, held(queue, "ann"):
        with held(queue, "bob"):
            waits = threads.submit(lambda: held(queue, "ann", limit_s=10).close())
            wait_until_waiting(queue, 1)
            threads.submit(lambda: (held(queue, "eve", limit_s=10).close(), served.set()))
            wait_until_waiting(queue, 2)
        assert served.wait(5)
        assert not waits.done()


def test_a_wait_can_be_given_up_by_another_thread() -> None:
    queue = FairQueue(1)
    with held(queue, "ann"):

        def waiting(give_up: Callable[[], object]) -> AbstractContextManager[None]:
            threading.Timer(0.05, give_up).start()
            return nullcontext()

        with (
            pytest.raises(CancelledError),
            queue.place_from_a_thread("bob", limit_s=10, waiting=waiting),
        ):
            pass
    held(queue, "bob").close()


async def test_a_place_that_is_given_up_in_the_queue_is_handed_on() -> None:
    queue = FairQueue(1)
    await queue.enter("ann")
    waits = asyncio.create_task(queue.enter("bob"))
    await asyncio.sleep(0)
    waits.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waits
    queue.leave("ann")
    async with asyncio.timeout(5), queue.place("eve"):
        pass


def wait_until_waiting(queue: FairQueue, number: int) -> None:
    deadline = time.monotonic() + 5
    while queue.waiting < number and time.monotonic() < deadline:
        time.sleep(0.005)
    assert queue.waiting == number
