"""Apache Ossie's core metadata (https://github.com/apache/ossie, version 0.2.0.dev0), as records."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from tools.sql.semantic.extension import (
    DatasetExtension,
    Extension,
    FieldExtension,
    MetricExtension,
    ModelExtension,
    read_extension,
)

VERSION = "0.2.0.dev0"
"""The version that is written."""

Dialect = Literal["ANSI_SQL", "SNOWFLAKE", "MDX", "TABLEAU", "DATABRICKS", "MAQL", "BIGQUERY"]
DataType = Literal[
    "String", "Integer", "Decimal", "Float", "Boolean", "Date", "Time", "DateTime", "DateTimeTz",
    "Opaque",
]  # fmt: skip

_SHORT = 3
"""Words of a synonym: a text whose every part is so short is a list of them."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Context(BaseModel):
    """What a language model is told besides; further keys are allowed."""

    model_config = ConfigDict(extra="allow", frozen=True)

    instructions: str = ""
    synonyms: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()


def _as_context(value: Any) -> Any:
    """A plain text is a list of synonyms ("orders, purchases") where its parts are short."""
    if not isinstance(value, str):
        return value
    parts = [part.strip() for part in value.split(",") if part.strip()]
    if parts and all(len(part.split()) <= _SHORT for part in parts):
        return {"synonyms": parts}
    return {"instructions": value}


AiContext = Annotated[Context, BeforeValidator(_as_context)]


class VendorData(_Part):
    """What one vendor adds; `data` is JSON as text."""

    vendor_name: str
    data: str


class _Extended(_Part):
    ai_context: AiContext = Context()
    custom_extensions: tuple[VendorData, ...] = ()

    def own(self, kind: type[Extension]) -> Extension:
        """What DocSQL's own extensions say.

        Raises:
            ValueError: the data is not JSON, or says what DocSQL does not know.
        """
        return read_extension([(e.vendor_name, e.data) for e in self.custom_extensions], kind)


class DialectExpression(_Part):
    """An expression in one language."""

    dialect: Dialect
    expression: str = Field(min_length=1)


class Expression(_Part):
    """The same expression in one language or several."""

    dialects: tuple[DialectExpression, ...] = Field(min_length=1)


class Dimension(_Part):
    """The role of a field."""

    is_time: bool | None = None


class OssieField(_Extended):
    """A column, or what is worked out of columns of the same row."""

    name: str = Field(min_length=1)
    expression: Expression
    dimension: Dimension = Dimension()
    label: str = ""
    description: str = ""
    datatype: DataType | None = None

    @property
    def said(self) -> FieldExtension:
        """DocSQL's own part."""
        return self.own(FieldExtension)


class Dataset(_Extended):
    """A table or view under the company's own name."""

    name: str = Field(min_length=1)
    source: str = Field(min_length=1)
    primary_key: tuple[str, ...] = ()
    unique_keys: tuple[tuple[str, ...], ...] = ()
    description: str = ""
    fields: tuple[OssieField, ...] = ()

    @property
    def said(self) -> DatasetExtension:
        """DocSQL's own part."""
        return self.own(DatasetExtension)


class Relationship(_Extended):
    """A foreign key, declared or not."""

    name: str = Field(min_length=1)
    from_: str = Field(alias="from", min_length=1)
    to: str = Field(min_length=1)
    from_columns: tuple[str, ...] = Field(min_length=1)
    to_columns: tuple[str, ...] = Field(min_length=1)


class OssieMetric(_Extended):
    """A figure with one definition."""

    name: str = Field(min_length=1)
    expression: Expression
    description: str = ""
    datatype: DataType | None = None

    @property
    def said(self) -> MetricExtension:
        """DocSQL's own part."""
        return self.own(MetricExtension)


class OssieModel(_Extended):
    """One semantic model."""

    name: str = Field(min_length=1)
    description: str = ""
    datasets: tuple[Dataset, ...] = Field(min_length=1)
    relationships: tuple[Relationship, ...] = ()
    metrics: tuple[OssieMetric, ...] = ()

    @property
    def said(self) -> ModelExtension:
        """DocSQL's own part."""
        return self.own(ModelExtension)


class OssieDocument(_Part):
    """A whole file."""

    version: str = Field(pattern=r"^0\.[12]\.")
    semantic_model: tuple[OssieModel, ...] = Field(min_length=1)
