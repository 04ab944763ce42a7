from serving.conversations.recent import RecentEvidence
from tools.sql.run import QueryResult


def rows(value: int) -> QueryResult:
    return QueryResult(
        database="shop",
        sql="SELECT 1",
        columns=("n",),
        rows=((value,),),
        truncated=False,
        elapsed_s=0,
    )


def test_the_thread_that_was_written_longest_ago_is_let_go_of() -> None:
    recent = RecentEvidence(threads=2)
    recent.put("a", {"a1": rows(1)})
    recent.put("b", {"b1": rows(2)})
    recent.put("a", {"a2": rows(3)})
    recent.put("c", {"c1": rows(4)})
    assert [id_ for id_ in ("a1", "a2", "b1", "c1") if recent.get(id_)] == ["a1", "a2", "c1"]


def test_a_thread_that_is_forgotten_takes_its_evidence_along_and_no_other() -> None:
    recent = RecentEvidence()
    recent.put("a", {"a1": rows(1)})
    recent.put("b", {"b1": rows(2)})
    recent.forget("a")
    recent.forget("never seen")
    assert (recent.get("a1"), recent.get("b1")) == (None, rows(2))
