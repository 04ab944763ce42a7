"""Settings whose values are never shown."""

from pydantic import SecretStr


def secret(value: SecretStr | None) -> str | None:
    """The value itself, for the client that sends it; None where nothing is set."""
    return value.get_secret_value() if value else None
