import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from tools.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Originals:
    """Original files of documents, to show a page as printed.

    Each lies under its document's id and its content's hash: no path comes
    from outside, and a file is written completely or not at all.
    """

    folder: Path

    def keep(self, path: Path, *, document_id: str, content_hash: str) -> None:
        """Copy a file in, if it is not there.

        Raises:
            Unavailable: the folder cannot be written to.
        """
        place = self._place(document_id, content_hash)
        if place.exists():
            return
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with (
                path.open("rb") as file,
                NamedTemporaryFile(dir=place.parent, delete=False) as copy,
            ):
                try:
                    shutil.copyfileobj(file, copy)
                except OSError:
                    Path(copy.name).unlink()
                    raise
            Path(copy.name).replace(place)
        except OSError as error:
            raise Unavailable(
                f"The original file cannot be stored in {str(self.folder)!r} ({error.strerror}); "
                "free some space, or set DOCSQL_DOCUMENTS__KEEP_FILES=false."
            ) from error

    def find(self, *, document_id: str, content_hash: str) -> Path | None:
        """The file of that content, None where it was not kept."""
        place = self._place(document_id, content_hash)
        return place if place.is_file() else None

    def forget(self, document_id: str, *, but: str = "") -> None:
        """Delete the files of a document, `but` the one of that content hash."""
        folder = self.folder / document_id
        with suppress(FileNotFoundError):
            for file in os.scandir(folder):
                if file.name != but:
                    Path(file.path).unlink()
        with suppress(OSError):  # the one that stays
            folder.rmdir()

    def _place(self, document_id: str, content_hash: str) -> Path:
        return self.folder / document_id / content_hash
