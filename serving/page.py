"""The chat page as a process of its own: nothing here may import the layer above."""

import signal
import subprocess
import sys
from types import FrameType

from serving.settings import Settings


def page_command(settings: Settings) -> list[str]:
    """How to start the page for these settings."""
    page = settings.page
    return [
        *(sys.executable, "-m", "chainlit_app.launch"),
        *("--host", page.host, "--port", str(page.port)),
        *("--api-url", page.api_url, "--data", str(settings.data)),
    ]


def run_page(settings: Settings) -> int:
    """Serve the page until SIGINT or SIGTERM; its exit status."""
    with subprocess.Popen(page_command(settings)) as page:  # noqa: S603  # our own module

        def hand_on(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
            page.send_signal(number)

        signal.signal(signal.SIGTERM, hand_on)
        signal.signal(signal.SIGINT, hand_on)
        return page.wait()
