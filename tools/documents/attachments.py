"""Attachments of a message, read as files of their own and put behind its text."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.documents.block import Attachment, Block, LoadedDocument
from tools.errors import UnreadableFile, UnsupportedType
from tools.sheets.sheet import RawTable

_MOST = 20
"""Attachments of a message that are read."""
_LARGEST = 20 * 1024**2
"""Bytes of an attachment that is read."""
DEEPEST = 2
"""Messages within one another, from which on attachments are named only."""
_LONGEST_NAME = 80
"""Letters of a name that are kept in a file's name; its ending is."""


def with_attachments(
    message: LoadedDocument, read: Callable[[Path], LoadedDocument]
) -> LoadedDocument:
    """A message with the blocks and tables of its attachments, under their names.

    What cannot be read is named in a note, with the reason where its type is a known one.
    """
    kept = _Kept()
    with TemporaryDirectory() as folder:
        for number, each in enumerate(message.attachments):
            kept.add(each, Path(folder) / str(number), read if number < _MOST else _leave)
    return replace(
        message,
        blocks=(*message.blocks, *kept.blocks),
        data=(*message.data, *kept.data),
        notes=(*message.notes, *kept.all_notes()),
        attachments=(),
    )


def without_attachments(message: LoadedDocument) -> LoadedDocument:
    """A message whose attachments are named only."""
    kept = _Kept(unread=[each.name for each in message.attachments])
    return replace(message, notes=(*message.notes, *kept.all_notes()), attachments=())


@dataclass(slots=True)
class _Kept:
    """What was read of the attachments so far."""

    blocks: list[Block] = field(default_factory=list[Block])
    data: list[RawTable] = field(default_factory=list[RawTable])
    read: list[str] = field(default_factory=list[str])
    unread: list[str] = field(default_factory=list[str])
    notes: list[str] = field(default_factory=list[str])

    def add(
        self, attached: Attachment, folder: Path, read: Callable[[Path], LoadedDocument]
    ) -> None:
        if attached.data is None:
            self.unread.append(attached.name)
            return
        try:
            if len(attached.data) > _LARGEST:
                raise UnreadableFile(f"{attached.name}: larger than {_LARGEST // 1024**2} MiB.")
            loaded = read(_written(attached, folder))
        except UnreadableFile as error:
            self.unread.append(attached.name)
            if not isinstance(error, UnsupportedType):
                self.notes.append(str(error).removesuffix("."))
            return
        self.read.append(attached.name)
        self.blocks += _below(loaded, attached.name)
        self.data += loaded.data
        self.notes += [f"{attached.name}: {note}" for note in loaded.notes]

    def all_notes(self) -> Iterator[str]:
        if self.read:
            yield f"attached, read with it: {', '.join(self.read)}"
        if self.unread:
            yield f"attached, not read: {', '.join(self.unread)}"
        yield from self.notes


def _leave(path: Path) -> LoadedDocument:
    raise UnreadableFile(f"{path.name}: only the first {_MOST} attachments are read.")


def _written(attached: Attachment, folder: Path) -> Path:
    """The attachment as a file; nothing of its name leads out of the folder."""
    folder.mkdir()
    name = Path(attached.name.replace("\\", "/").replace("\0", "")).name or "unnamed"
    path = folder / f"{Path(name).stem[:_LONGEST_NAME]}{Path(name).suffix[:_LONGEST_NAME]}"
    path.write_bytes(attached.data or b"")
    return path


def _below(loaded: LoadedDocument, name: str) -> Iterator[Block]:
    """Blocks under the name of their file and, where it tells more, its title."""
    titles = () if loaded.title in ("", Path(name).stem) else (loaded.title,)
    for block in loaded.blocks:
        inner = f"{name} > {block.attached}" if block.attached else name
        yield replace(block, section=(name, *titles, *block.section), attached=inner)
