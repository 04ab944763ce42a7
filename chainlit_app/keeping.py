"""What a browser keeps of the page: files whose address changes with their content."""

import re
from hashlib import sha256
from pathlib import Path

from starlette.datastructures import URL, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FOREVER = "public,max-age=31536000,immutable"
"""RFC 8246. Without it, browsers load all of Chainlit's code again with every visit."""
_DIGITS = 12
_OWN = re.compile(r'"(/public/docsql\.(?:js|css))"')


def version_own_files(root: Path) -> None:
    """Have the page in `root` ask for our script and style sheet by what is in them."""
    config = root / ".chainlit" / "config.toml"

    def versioned(found: re.Match[str]) -> str:
        content = (root / found[1].removeprefix("/")).read_bytes()
        return f'"{found[1]}?v={sha256(content).hexdigest()[:_DIGITS]}"'

    written = config.read_text(encoding="utf-8")
    config.write_text(_OWN.sub(versioned, written), encoding="utf-8")


class KeepFiles:
    """Lets browsers keep Chainlit's code, named by its content, and our own files by their version."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_to_keep(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                MutableHeaders(scope=message)["Cache-Control"] = FOREVER
            await send(message)

        await self._app(scope, receive, send_to_keep if _is_lasting(scope) else send)


def _is_lasting(scope: Scope) -> bool:
    if scope["type"] != "http":
        return False
    url = URL(scope=scope)
    is_own = "/public/" in url.path and url.query.startswith("v=")
    return is_own or "/assets/" in url.path
