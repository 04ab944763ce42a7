"""`docsql verify`: checking a certificate against the sources."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from serving.cli.command_group import FAILED, console, settings_here

_MOST_BYTES = 256 * 2**20


def verify(
    file: Annotated[
        Path,
        typer.Argument(
            help="The output of `docsql threads export ID --certificate`.", dir_okay=False
        ),
    ],
    *,
    key: Annotated[
        str | None, typer.Option(help="Public key of the issuer, if not this installation.")
    ] = None,
) -> None:
    """Check a certificate of answers, without a model. Exits with 1 if anything has changed."""
    from serving.auth.local import LOCAL
    from serving.certificates.signing import public_key
    from serving.certificates.verify import Sources, compare_with_sources, read
    from serving.cli.documents import open_library
    from serving.parts.databases import databases_of

    settings = settings_here()
    issuer = key.strip().lower() if key else public_key(settings.data)
    certificate = read(_text(file), key=issuer)
    needs_documents = any(answer.passages for answer in certificate.answers)
    library = open_library(settings) if needs_documents else nullcontext(None)
    with databases_of(settings) as databases, library as documents:
        verdict = compare_with_sources(certificate, Sources(databases, documents, LOCAL))
    counted = len(certificate.answers)
    answers = f"{counted} answer{'s' if counted != 1 else ''}"
    _say(
        f"The certificate of {certificate.issued_at} is unchanged: {answers} of thread "
        f"{certificate.thread}."
    )
    for change in verdict.changes:
        _say(f"- {change}")
    if verdict.changes:
        raise typer.Exit(FAILED)
    _say("Its statements, passages and numbers give the same results today.")


def _say(line: str) -> None:
    from serving.cli.terminal import without_escapes

    console.print(without_escapes(line), markup=False, highlight=False, soft_wrap=True)


def _text(file: Path) -> str:
    from tools.errors import BadInput

    try:
        if file.stat().st_size > _MOST_BYTES:
            raise BadInput(f"{str(file)!r} is too large for a certificate.")
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadInput(f"{str(file)!r} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{str(file)!r} is not text in UTF-8, as a certificate is.") from error
