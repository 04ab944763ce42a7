"""The chat page as a process of its own: nothing here may import the layer above."""

import signal
import subprocess
import sys
from types import FrameType

from serving.discovery import running_service
from serving.settings import Settings


def page_command(settings: Settings, *, api_url: str) -> list[str]:
    """How to start the page for these settings, in front of the service at `api_url`."""
    page = settings.page
    module = [sys.executable, "-P", "-m", "chainlit_app.launch"]  # -P: a tools/ here is not ours
    where = ["--host", page.host, "--port", str(page.port)]
    return [*module, *where, "--api-url", api_url, "--data", str(settings.data)]


def run_page(settings: Settings) -> int:
    """Serve the page until SIGINT or SIGTERM; its exit status.

    It talks to the service that a setting names, else to the one that runs on the data folder.
    """
    api_url = settings.page.api_url
    if "api_url" not in settings.page.model_fields_set:
        api_url = running_service(settings.data) or api_url
    command = page_command(settings, api_url=api_url)
    with subprocess.Popen(command) as page:  # noqa: S603  # our own module

        def hand_on(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
            page.send_signal(number)

        signal.signal(signal.SIGTERM, hand_on)
        signal.signal(signal.SIGINT, hand_on)
        return page.wait()
