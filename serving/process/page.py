"""The chat page as a process of its own: nothing here may import the layer above."""

import os
import signal
import subprocess
import sys
from types import FrameType
from urllib.parse import urlsplit

from serving.auth.local import is_loopback_address, local_credential
from serving.config.settings import Settings
from serving.process.discovery import running_service
from serving.process.listening import address_of


def page_command(settings: Settings, *, api_url: str) -> list[str]:
    """How to start the page for these settings, in front of the service at `api_url`."""
    page = settings.page
    module = [sys.executable, "-P", "-m", "chainlit_app.launch"]  # -P: a tools/ here is not ours
    where = ["--host", page.host, "--port", str(page.port)]
    return [*module, *where, "--api-url", api_url, "--data", str(settings.data)]


def start_page(settings: Settings, *, api_url: str) -> "subprocess.Popen[bytes]":
    """The page as a child process; it shows a service of this machine who it is."""
    command = page_command(settings, api_url=api_url)
    inherited = os.environ  # noqa: TID251  # nothing is read: a child needs PATH and the rest of it
    shown = _credential(settings, api_url)
    environment = {**inherited, **({"DOCSQL_PAGE__API_KEY": shown} if shown else {})}
    return subprocess.Popen(command, env=environment)  # noqa: S603  # our own module


def _credential(settings: Settings, api_url: str) -> str | None:
    """The page's own key; else this machine's, which stays on this machine; no key for a login."""
    if settings.page.login != "none":
        return None
    if settings.page.api_key is not None:
        return settings.page.api_key.get_secret_value()
    stays = is_loopback_address(urlsplit(api_url).hostname or "") and is_loopback_address(
        settings.page.host
    )
    return local_credential(settings.data) if stays else None


def service_address(settings: Settings) -> str:
    """The URL of the service that the page is for, which need not run yet."""
    if "api_url" in settings.page.model_fields_set:
        return settings.page.api_url
    if running := running_service(settings.data):
        return running.url
    service = settings.service
    return address_of(service.host, service.port) if service.port else settings.page.api_url


def run_page(settings: Settings) -> int:
    """Serve the page until SIGINT or SIGTERM; its exit status.

    It talks to the service that a setting names, else to the one that runs on the data folder, or
    will run by these settings.
    """
    with start_page(settings, api_url=service_address(settings)) as page:

        def hand_on(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
            page.send_signal(number)

        signal.signal(signal.SIGTERM, hand_on)
        signal.signal(signal.SIGINT, hand_on)
        return page.wait()
