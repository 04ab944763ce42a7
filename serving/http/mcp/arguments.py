"""What the tools take and give."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from agent.calls import ABOUT
from agent.sources.asked import About
from serving.wire.answer import Citation, Query
from tools.language.pack import ENGLISH, language_packs

MOST_PASSAGES = 50


class SearchArguments(BaseModel):
    """Find passages in the documents that the caller may read."""

    model_config = ConfigDict(extra="forbid")

    query: str = Field(
        min_length=1, max_length=8_000, description="What to look for, in full words."
    )
    collections: list[str] | None = Field(
        default=None, description="Search only these (unset: all)."
    )
    limit: int | None = Field(default=None, ge=1, le=MOST_PASSAGES, description="Most passages.")


class AskArguments(BaseModel):
    """Ask a database in plain words, for which SQL is written."""

    model_config = ConfigDict(extra="forbid")

    database: str = Field(description="The database, by its name.")
    question: str = Field(
        min_length=1, max_length=8_000, description="One question that makes sense on its own."
    )


class QueryArguments(BaseModel):
    """Ask a database: in plain words, for which SQL is written, or with one SELECT of your own."""

    model_config = ConfigDict(extra="forbid")

    database: str = Field(description="The database, by its name.")
    question: Annotated[str, Field(max_length=8_000)] | None = Field(
        default=None, description="One question that makes sense on its own."
    )
    sql: Annotated[str, Field(max_length=50_000)] | None = Field(
        default=None, description="One SELECT in the database's dialect, instead of a question."
    )


class DescribeArguments(BaseModel):
    """Say which documents and tables there are, what a name means, and how far the data go."""

    model_config = ConfigDict(extra="forbid")

    about: About = Field(description=ABOUT)
    subject: str = Field(
        default="",
        max_length=200,
        description="The table, column, term or topic asked about, if there is one.",
    )
    language: str = Field(
        default=ENGLISH,
        max_length=35,
        description="The language to answer in, that of the person's question: "
        f"{', '.join(f'{pack.code} ({pack.name})' for pack in language_packs())}. "
        "Others are answered in English.",
    )

    @property
    def told_in(self) -> str:
        """The code of the pack for that language: of `de-AT`, `de`."""
        wanted = self.language.lower().replace("_", "-").partition("-")[0]
        packs = {
            name: pack.code for pack in language_packs() for name in (pack.code, pack.name.lower())
        }
        return packs.get(wanted, ENGLISH)


class Passages(BaseModel):
    """The passages found, best first; `warnings` say what the search had to do without.

    Where there is none, `suggestions` are questions that the documents answer.
    """

    passages: list[Citation]
    warnings: list[str] = []
    suggestions: list[str] = []


class QueryOutcome(BaseModel):
    """The statement that ran with its rows; `notes` say why there is none.

    Then `suggestions` are the nearest questions that the database can answer.
    """

    queries: list[Query]
    notes: list[str] = []
    suggestions: list[str] = []


class SourcesDescribed(BaseModel):
    """What there is, as Markdown; `suggestions` are questions that can be answered."""

    text: str
    suggestions: list[str] = []
