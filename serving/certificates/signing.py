"""The key that signs certificates: made once, kept beside the data, never sent anywhere."""

import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tools.errors import Unavailable

FILE = "certificate.key"


def signing_key(data: Path) -> Ed25519PrivateKey:
    """This installation's key, from `data`/certificate.key, which is made where there is none.

    Raises:
        Unavailable: the file cannot be read or written, or holds no key.
    """
    file = data / FILE
    try:
        if not file.exists():
            _make(file)
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(file.read_text("ascii").strip()))
    except (OSError, ValueError) as error:
        raise Unavailable(
            f"{file} holds no key that certificates can be signed with ({error}). Bring it back from a backup; "
            "without it, earlier certificates of this installation cannot be checked."
        ) from error


def public_key(data: Path) -> str | None:
    """The public half of this installation's key in hexadecimal; None where there is no key."""
    return hexadecimal(signing_key(data).public_key()) if (data / FILE).exists() else None


def hexadecimal(key: Ed25519PublicKey) -> str:
    """A public key as its 32 bytes in hexadecimal."""
    return key.public_bytes_raw().hex()


def is_signed(content: bytes, *, key: str, signature: str) -> bool:
    """Whether the owner of that key, in hexadecimal, signed the content."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(
            bytes.fromhex(signature), content
        )
    except (InvalidSignature, ValueError):
        return False
    return True


def _make(file: Path) -> None:
    """Write a new key that only its owner can read; another process may have been faster."""
    file.parent.mkdir(parents=True, exist_ok=True)
    made = Ed25519PrivateKey.generate().private_bytes_raw().hex()
    beside = file.with_name(f"{file.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as target:
        target.write(f"{made}\n")
    try:
        os.link(beside, file)
    except FileExistsError:
        pass
    finally:
        beside.unlink()
