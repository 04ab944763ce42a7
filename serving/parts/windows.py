"""The context window of a model server, which is asked for it when it matters first."""

from serving.config.models import ChatServer, SqlCoderSettings
from serving.config.secrets import secret
from serving.models.endpoint.identity import ServerIdentity, identify_server
from serving.models.endpoint.window import ModelWindow


def window_of_server(
    server: ChatServer | SqlCoderSettings, tokens: int | None, *, reply: int, template: int = 0
) -> ModelWindow:
    """The window of a server, in tokens.

    `tokens` is what a setting says of it, and then the server is not asked; `reply` is kept free
    for the answer, `template` for what a chat template adds.
    """
    window = ModelWindow(tokens, reply=reply, template=template)

    async def ask() -> bool:
        found = await identify_server(window, server.url or "", api_key=secret(server.api_key))
        return found != ServerIdentity()

    window.ask_server = ask
    return window
