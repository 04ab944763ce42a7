"""The evidence of an answer as the checks read it: the wire's translations, turned round."""

from serving.wire.answer import Citation, Query
from tools.documents.passage import FoundPassage, Passage
from tools.sql.run import QueryResult


def passage_of(cited: Citation) -> FoundPassage:
    """A passage that an answer or a search brought."""
    return FoundPassage(
        Passage(
            id=cited.passage_id,
            document_id=cited.document_id,
            collection=cited.collection,
            source=cited.source,
            title=cited.title,
            content_hash=cited.content_hash,
            ordinal=0,
            page=cited.page,
            section=cited.section,
            text=cited.text,
            company=cited.company,
            period=cited.period,
            kind=cited.kind,
        ),
        cited.score,
    )


def result_of(query: Query) -> QueryResult:
    """The rows of an answer's query."""
    return QueryResult(
        database=query.database,
        sql=query.sql,
        columns=tuple(query.columns),
        rows=tuple(map(tuple, query.rows)),
        truncated=query.truncated,
        elapsed_s=query.elapsed_s,
        total_rows=query.total_rows,
        codes=tuple(
            (column, value, meaning)
            for column, meanings in query.meanings.items()
            for value, meaning in meanings.items()
        ),
    )
