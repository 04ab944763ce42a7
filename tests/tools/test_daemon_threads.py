import threading
from collections.abc import Callable
from queue import SimpleQueue

from tools.daemon_threads import DaemonThreads

LIMIT_S = 20.0


def test_works_one_after_another_share_a_thread() -> None:
    threads = DaemonThreads("shared")
    first, second = _thread_of_a_work(threads), _thread_of_a_work(threads)
    assert first is second
    assert first.daemon
    threads.close()
    first.join(LIMIT_S)
    assert not first.is_alive()


def test_works_at_the_same_time_have_a_thread_each() -> None:
    threads, released = DaemonThreads("each"), threading.Event()
    seen: SimpleQueue[threading.Thread] = SimpleQueue()
    for _ in range(2):
        threads.start(_telling(seen, released.wait))
    one, other = seen.get(timeout=LIMIT_S), seen.get(timeout=LIMIT_S)
    assert one is not other
    threads.close()
    released.set()
    one.join(LIMIT_S)
    assert not one.is_alive()


def test_a_thread_without_work_ends_after_a_while() -> None:
    threads = DaemonThreads("idle", idle_s=0.01)
    thread = _thread_of_a_work(threads)
    thread.join(LIMIT_S)
    assert not thread.is_alive()
    assert _thread_of_a_work(threads) is not thread


def _thread_of_a_work(threads: DaemonThreads) -> threading.Thread:
    """The thread that did a work, once it waits for the next one or has ended."""
    seen: SimpleQueue[threading.Thread] = SimpleQueue()
    threads.start(_telling(seen, lambda: None))
    thread = seen.get(timeout=LIMIT_S)
    waits = threading.Event()
    while thread.is_alive() and not vars(threads)["_waiting"]:
        waits.wait(0.001)
    return thread


def _telling(
    seen: "SimpleQueue[threading.Thread]", then: Callable[[], object]
) -> Callable[[], None]:
    def work() -> None:
        seen.put(threading.current_thread())
        then()

    return work
