"""The settings of what is asked and kept: documents, databases, threads."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    Field,
    SecretStr,
)
from pydantic_core import PydanticCustomError

from serving.config.section import Section


class DocumentsSettings(Section):
    """Documents: their store, parsing and uploads."""

    uri: str | None = Field(
        default=None,
        description="Milvus server (`http://host:19530`) or Milvus Lite folder "
        "(unset: `milvus.db` in the data folder)",
    )
    token: SecretStr | None = Field(
        default=None, description="`user:password` for the Milvus server"
    )
    collection: str = Field(
        default="default",
        description="Collection that `docsql ingest` and uploads write to by default",
    )
    passages: int = Field(default=6, ge=1, le=50, description="Passages returned by one search")
    file_time_limit_s: float = Field(
        default=120.0,
        gt=0,
        description="CPU seconds to parse one file; elapsed time may be four times that",
    )
    file_memory_mb: int = Field(
        default=2_048, ge=256, description="Memory to parse one file, in megabytes"
    )
    ocr_languages: str = Field(
        default="eng",
        pattern=r"^([a-zA-Z_]+(\+[a-zA-Z_]+)*)?$",
        description="Languages for OCR, by Tesseract's names joined with `+` (empty: no OCR)",
    )
    docling_url: str | None = Field(
        default=None,
        pattern=r"^https?://",
        description="docling-serve that reads PDF files by its models of layout, tables and "
        "figures (unset: they are read here)",
    )
    docling_key: SecretStr | None = Field(default=None, description="API key of the docling-serve")
    upload_mb: int = Field(
        default=200,
        ge=1,
        description="Largest upload in megabytes, all files together",
    )
    upload_files: int = Field(default=100, ge=1, description="Most files in one upload")
    keep_files: bool = Field(
        default=True, description="Keep the original files, in `files` of the data folder"
    )
    access_control: bool = Field(
        default=False,
        description="Restrict each document to the groups it was ingested for",
    )

    @property
    def is_embedded(self) -> bool:
        """Whether they are kept by Milvus Lite in local files."""
        return self.uri is None or "://" not in self.uri


class DatabaseSettings(Section):
    """One connected database."""

    url: SecretStr = Field(description="SQLAlchemy URL, such as `sqlite:///sales.sqlite`")
    description: str = Field(
        default="", description="One sentence about its contents, shown to the model"
    )
    allowed_tables: tuple[str, ...] | None = Field(
        default=None,
        description="Visible tables and views, `schema.table` for another schema (unset: all of the default schema)",
    )
    denied_columns: tuple[str, ...] = Field(
        default=(),
        description="Columns that are never visible, as `table.column`; `*.column` in every table",
    )
    allowed_functions: tuple[str, ...] = Field(
        default=(),
        description="User-defined functions that statements may call, as `schema.name`; "
        "`schema.*` also allows the schema's operators",
    )
    row_cap: int = Field(default=1_000, ge=1, description="Most rows fetched per result")
    byte_cap: int = Field(default=5_000_000, ge=1_000, description="Most bytes fetched per result")
    time_limit_s: float = Field(
        default=10.0, gt=0, description="Seconds after which a statement is cancelled"
    )
    role: str | None = Field(
        default=None, description="Database role that statements run as (unset: the login)"
    )
    group_roles: dict[str, str] = Field(
        default={},
        description="Database role by the caller's group, instead of `role`; the first match wins",
    )
    cost_cap: float | None = Field(
        default=None,
        gt=0,
        description="PostgreSQL: highest total cost of a plan, as `EXPLAIN` estimates it (unset: unlimited)",
    )
    approval: Literal["never", "always", "by_cost"] = Field(
        default="never",
        description="When a person must approve a statement before it runs: "
        "`never`, `always` or `by_cost`",
    )
    approval_rows: int = Field(
        default=10_000,
        ge=0,
        description="With `by_cost`: statements expected to read more rows than this need approval",
    )
    timezone: str = Field(
        default="",
        description='Time zone of "today" and of the sessions, such as `Europe/Berlin` '
        "(empty: the server's own; for a SQLite file this machine's)",
    )
    schema_tokens: int = Field(
        default=3_000,
        ge=500,
        description="Prompt tokens for the schema; a larger schema is reduced to what the question needs",
    )
    golden_queries: Path | None = Field(
        default=None,
        description="YAML file of verified questions with their SQL "
        "(unset: beside the model, `shop.golden.yaml` of `shop.yaml`)",
    )
    model: Path | None = Field(
        default=None,
        description="YAML file that says what the company calls its tables, columns and figures, "
        "in Apache Ossie's format (`docsql model draft` proposes one)",
    )


POSTGRESQL = ("postgresql://", "postgres://")


def _is_kept(uri: SecretStr) -> SecretStr:
    """Refuse another server's address, which would become the name of a file."""
    said = uri.get_secret_value()
    if "://" in said and not said.startswith(POSTGRESQL):
        raise PydanticCustomError(
            "no_threads", "write the path of a file, or `postgresql://user:password@host/name`"
        )
    return uri


class ThreadsSettings(Section):
    """Threads: stored conversations."""

    uri: Annotated[SecretStr, AfterValidator(_is_kept)] | None = Field(
        default=None,
        description="SQLite file or `postgresql://user:password@host/name` for threads "
        "(unset: `threads.db` in the data folder)",
    )
    keep_days: float | None = Field(
        default=None, gt=0, description="Days after which an idle thread is deleted (unset: never)"
    )

    @property
    def is_embedded(self) -> bool:
        """Whether they are kept in a local file."""
        return self.uri is None or not self.uri.get_secret_value().startswith(POSTGRESQL)
