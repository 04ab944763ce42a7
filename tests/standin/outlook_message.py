"""Messages as Outlook saves them, without Outlook."""

import struct
from collections.abc import Mapping
from pathlib import Path


def write_msg(path: Path, texts: Mapping[str, str]) -> Path:
    """A message of text properties alone, by their numbers ([MS-OXMSG] 2.4)."""
    streams = {f"__substg1.0_{tag}001F": text.encode("utf-16-le") for tag, text in texts.items()}
    entries = (
        struct.pack("<HHIII", 0x1F, int(tag, 16), 6, 2 * len(text) + 2, 0)
        for tag, text in texts.items()
    )
    properties = bytes(32) + b"".join(entries)
    path.write_bytes(container({"__properties_version1.0": properties, **streams}))
    return path


def container(streams: Mapping[str, bytes]) -> bytes:
    """A compound file of small streams ([MS-CFB]): FAT, miniFAT, mini stream, then directory."""
    free, end, fat_sector, size = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 64
    mini, mini_fat = b"", list[int]()
    entries = list[bytes]()
    for number, (name, data) in enumerate(streams.items(), start=1):
        start, count = len(mini_fat), -(-len(data) // size)
        mini += data.ljust(count * size, b"\0")
        mini_fat += [*range(start + 1, start + count), end]
        following = number + 1 if number < len(streams) else free
        entries.append(_entry(name, 2, following, free, start, len(data)))
    mini_sectors, directory = -(-len(mini) // 512), -(-(len(entries) + 1) // 4)
    entries.insert(0, _entry("Root Entry", 5, free, 1, 2, len(mini)))
    chains = [[fat_sector], [end], *(_chain(2, mini_sectors), _chain(2 + mini_sectors, directory))]
    fat = [sector for chain in chains for sector in chain]
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16)
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIIII", 0, 1, 2 + mini_sectors, 0, 4096, 1, 1, end, 0, 0)
    tables = (numbers + [free] * (128 - len(numbers)) for numbers in (fat, mini_fat))
    return (
        header.ljust(512, b"\xff")
        + b"".join(struct.pack("<128I", *table) for table in tables)
        + mini.ljust(mini_sectors * 512, b"\0")
        + b"".join(entries).ljust(directory * 512, b"\0")
    )


def _chain(first: int, count: int) -> list[int]:
    return [*range(first + 1, first + count), 0xFFFFFFFE]


def _entry(name: str, kind: int, right: int, child: int, start: int, length: int) -> bytes:
    encoded = name.encode("utf-16-le") + b"\0\0"
    free = 0xFFFFFFFF
    return (
        encoded.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(encoded), kind, 1, free, right, child)
        + bytes(36)
        + struct.pack("<IQ", start, length)
    )
