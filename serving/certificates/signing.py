"""The key that signs certificates: created once, kept in the data folder, never sent anywhere."""

from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from serving.auth.secret_file import secret_in
from tools.errors import Unavailable

FILE = "certificate.key"


def signing_key(data: Path) -> Ed25519PrivateKey:
    """This installation's key, from `data`/certificate.key, which is created if it does not exist.

    Raises:
        Unavailable: the file cannot be read or written, or holds no key.
    """
    file = data / FILE
    try:
        kept = secret_in(file, lambda: Ed25519PrivateKey.generate().private_bytes_raw().hex())
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(kept))
    except OSError as error:
        raise Unavailable(
            f"The key for certificates cannot be read from or written to {str(file)!r} "
            f"({error.strerror}). Set DOCSQL_DATA to a writable folder."
        ) from error
    except ValueError as error:
        raise Unavailable(
            f"{str(file)!r} is not a valid key for certificates ({error}). Restore it from a "
            "backup; without it, earlier certificates of this installation cannot be checked."
        ) from error


def public_key(data: Path) -> str | None:
    """This installation's public key in hexadecimal; None if there is no key."""
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
