"""Models in this process come from a folder, never from a hub, and need the extra `local`."""

import importlib
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from tools.errors import Unavailable


def model_folder(path: str, *, setting: str) -> Path:
    """The folder of a model that can be loaded here.

    Raises:
        Unavailable: the extra is not installed, or the folder does not exist.
    """
    if not (
        find_spec("torch") and find_spec("transformers") and find_spec("sentence_transformers")
    ):
        raise Unavailable(
            "Models in this process need torch, transformers and sentence-transformers. Install "
            'the extra `local`: `pip install "docsql[local]"`, or `make extras`.'
        )
    folder = Path(path)
    if not (folder / "config.json").is_file():
        raise Unavailable(
            f"{setting} is {path!r}, which has no model: name a folder with a config.json. DocSQL "
            "downloads nothing; `hf download NAME --local-dir FOLDER` does."
        )
    return folder


def optional(name: str) -> ModuleType:
    """A module of the extra, which type checkers and start-ups do not need."""
    return importlib.import_module(name)
