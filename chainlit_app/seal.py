"""Keys stored encrypted in browsers, readable only by a page with the same secret."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest, new
from json import dumps, loads
from pathlib import Path
from secrets import token_urlsafe

from cryptography.fernet import Fernet, InvalidToken

FILE = "secret"
"""In the page's folder, created at the first start."""


@dataclass(frozen=True, slots=True)
class Seal:
    """Seals a person's key under their name."""

    secret: str

    def close(self, name: str, key: str) -> str:
        """Encrypt the key."""
        return self._box().encrypt(dumps([name, key]).encode()).decode()

    def open(self, name: str, sealed: str) -> str | None:
        """Decrypt the key; None if another page sealed it, or for somebody else."""
        try:
            theirs, key = loads(self._box().decrypt(sealed.encode()))
        except (InvalidToken, ValueError):
            return None
        return key if compare_digest(theirs.encode(), name.encode()) else None

    def _box(self) -> Fernet:
        return Fernet(urlsafe_b64encode(derived(self.secret, "seal")))


def derived(secret: str, purpose: str) -> bytes:
    """A secret derived for one purpose."""
    return new(secret.encode(), purpose.encode(), sha256).digest()


def kept_secret(folder: Path) -> str:
    """The secret in the page's folder, created if missing; readable by its owner alone."""
    file = folder / FILE
    if not file.is_file():
        unfinished = file.with_name(f"{FILE}.{token_urlsafe(4)}")
        unfinished.touch(0o600)
        unfinished.write_text(token_urlsafe(32), encoding="ascii")
        unfinished.replace(file)
    return file.read_text(encoding="ascii").strip()
