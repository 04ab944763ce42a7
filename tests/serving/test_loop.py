"""Ctrl-C ends a command that waits, also where the event loop is about to go to sleep."""

import signal
import subprocess
import sys

WAITING = """
import asyncio, signal, sys, threading
from serving.process.loop import run_interruptible

# A signal goes to this thread, as it would go unnoticed between the loop's last look and its sleep.
threading.Thread(target=threading.Event().wait, daemon=True).start()
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})

async def wait():
    asyncio.get_running_loop().call_later(0.2, lambda: print("asleep", flush=True))
    try:
        await asyncio.Event().wait()
    finally:
        print("cleaned up")

run_interruptible(wait())
"""


def test_a_signal_wakes_the_loop() -> None:
    with subprocess.Popen(  # noqa: S603  # our own program
        [sys.executable, "-c", WAITING],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "asleep\n"
        process.send_signal(signal.SIGINT)
        try:
            said, problem = process.communicate(timeout=10)
        finally:
            process.kill()
    assert said == "cleaned up\n"
    assert problem.splitlines()[-1] == "KeyboardInterrupt"
