"""The secrets of an installation: made once, and its owner's alone."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from serving.auth.local import local_credential
from serving.certificates.signing import public_key, signing_key
from tools.errors import Unavailable

AT_ONCE = 8


def test_who_begin_at_once_sign_with_one_key_that_is_its_owners_alone(tmp_path: Path) -> None:
    start = Barrier(AT_ONCE)

    def made(_: int) -> bytes:
        start.wait(10)
        return signing_key(tmp_path / "data").private_bytes_raw()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        assert len(set(threads.map(made, range(AT_ONCE)))) == 1
    (file,) = (tmp_path / "data").iterdir()
    assert (file.name, file.stat().st_mode & 0o777) == ("certificate.key", 0o600)


def test_what_a_killed_process_left_is_no_obstacle(tmp_path: Path) -> None:
    (
        tmp_path / f"certificate.key.{os.getpid()}"
    ).touch()  # a container's process is always the same
    signing_key(tmp_path)
    assert public_key(tmp_path)


def test_a_key_that_is_none_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "certificate.key").write_text("nonsense", encoding="ascii")
    with pytest.raises(Unavailable, match="Restore it from a backup"):
        signing_key(tmp_path)


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    for secret in (local_credential, signing_key):
        with pytest.raises(Unavailable, match="data"):
            secret(tmp_path / "data")
