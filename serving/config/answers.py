"""The settings of what is made of an answer before it is given."""

from pydantic import Field

from serving.config.section import Section


class AnswersSettings(Section):
    """How answers from databases are checked, and which are given."""

    second_reading: bool = Field(
        default=True,
        description="Beside a model that writes SQL, read each question a second time without one and "
        "compare the rows",
    )
    samples: int = Field(
        default=4,
        ge=0,
        le=20,
        description="Where a statement of the chat model fails, or the second reading does not bear it "
        "out: ask for up to so many more at a higher temperature, and take the rows that most give",
    )
    risk: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="Share of wrong answers from databases that is accepted, such as `0.1`: less sure "
        "ones are declined (unset: all are given)",
    )
    least_confidence: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Confidence below which an answer from a database is declined, in place of the one "
        "that `risk` takes; `docsql eval threshold` finds it on your own questions",
    )
