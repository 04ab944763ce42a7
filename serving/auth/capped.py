"""Limits of single callers that hold for nobody."""

from collections.abc import Iterator

from serving.auth.keys import DEPLOYMENT, KEYS_FILE, Keys, key_caller
from serving.config.settings import Settings

_KEY = key_caller("")


def caps_of_nobody(settings: Settings) -> Iterator[str]:
    """Why a name in DOCSQL_LIMITS__TOKENS_PER_MONTH_OF is nobody's, for each such name.

    A key may be made later, so a service starts all the same.

    Raises:
        Unavailable: the file of keys cannot be read.
    """
    auth = settings.auth
    limited = settings.limits.tokens_per_month_of
    records = Keys(settings.data / KEYS_FILE).records() if limited else ()
    keys = [record.caller.id for record in records if not record.revoked]
    keys += [key_caller(DEPLOYMENT)] if auth.api_key is not None else []
    for name in limited:
        if name.startswith(_KEY) and name not in keys:
            known = ", ".join(keys) or "none; `docsql keys create` makes one"
            yield _told(name, f"There is no such key. Known: {known}.")
        elif name.startswith("oidc:") and auth.oidc.issuer is None:
            yield _told(name, "DOCSQL_AUTH__OIDC__ISSUER is not set.")
        elif name.startswith("proxy:") and not auth.proxy.user_header:
            yield _told(name, "DOCSQL_AUTH__PROXY__USER_HEADER is not set.")


def _told(name: str, why: str) -> str:
    return f"DOCSQL_LIMITS__TOKENS_PER_MONTH_OF limits {name!r}, who is nobody: {why}"
