from typing import Protocol, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from agent import routes
from agent.approval import UNASKED
from agent.calls import DESCRIBE_SOURCES, QUERY_DATABASE, SEARCH_DOCUMENTS
from agent.nodes.answer import ComposeAnswer
from agent.nodes.approve import Approve
from agent.nodes.check import Check
from agent.nodes.decide import Decide
from agent.nodes.describe_sources import DescribeSources
from agent.nodes.rewrite import Rewrite
from agent.nodes.run_sql import RunSql
from agent.nodes.search_documents import SearchDocuments
from agent.nodes.suggest import Suggest
from agent.nodes.write_sql import WriteSql
from agent.onward import Onward
from agent.quoting import EvidenceReader
from agent.second import SecondReader
from agent.state import AgentInput, AgentState, Branch, QueryState
from agent.toolbox import Toolbox
from agent.votes import Sampling
from agent.weigh import Weigh

Machine = CompiledStateGraph[AgentState, None, AgentInput, AgentState]


def build_graph(
    toolbox: Toolbox, *, checkpointer: BaseCheckpointSaver[str] | None = None
) -> Machine:
    """The machine that takes a question to its answer.

    It takes an `AgentInput` and ends with an `AgentState`: `answer`, `status` and the ids of its
    `evidence` in the toolbox's ledger. The configuration names the caller and the thread
    (`agent.caller`). Without a `checkpointer`, threads and approvals do not outlast a turn.
    """
    graph = StateGraph(AgentState, input_schema=AgentInput)
    decide = Onward(Decide(toolbox), routes.after_decide, AgentState)
    rewrite = Rewrite(toolbox.chat, toolbox.window, toolbox.plain)
    rewrite = Onward(rewrite, routes.after_rewrite, AgentState, at_once={"decide": decide})
    graph.add_node("rewrite", rewrite, destinations=("decide",))
    lookups = (SEARCH_DOCUMENTS, QUERY_DATABASE, DESCRIBE_SOURCES)
    graph.add_node("decide", decide, destinations=(*lookups, "answer"))
    graph.add_node(QUERY_DATABASE, _branch(toolbox))
    advisor = toolbox.deciding.advisor
    search = SearchDocuments(toolbox.documents, toolbox.ledger, toolbox.passages, advisor)
    graph.add_node(SEARCH_DOCUMENTS, search)
    graph.add_node(DESCRIBE_SOURCES, DescribeSources(toolbox))
    reader = EvidenceReader(toolbox.plain, toolbox.deciding)
    answer = ComposeAnswer(toolbox.chat, toolbox.ledger, toolbox.window, toolbox.plain, reader)
    check = Check(
        toolbox.ledger,
        toolbox.documents,
        toolbox.passages,
        reader,
        weighs_rows=not toolbox.chooses,
    )
    check = Onward(check, routes.after_check, AgentState)
    answer = Onward(answer, routes.after_answer, AgentState, at_once={"check": check})
    graph.add_node("answer", answer, destinations=("decide", "check"))
    graph.add_node("check", check, destinations=("suggest", END))
    graph.add_node("suggest", Suggest(toolbox))

    graph.add_edge(START, "rewrite")
    for tool in lookups:
        graph.add_edge(tool, "answer")
    graph.set_finish_point("suggest")
    return graph.compile(checkpointer=checkpointer, name="docsql")


def database_call(
    toolbox: Toolbox, *, checkpointer: BaseCheckpointSaver[str] | None = None
) -> CompiledStateGraph[QueryState, None, QueryState, Branch]:
    """One call of a database as a machine of its own, so that a branch can repair or wait alone.

    It begins with the `call` and the caller's configuration, and leaves a `Branch` for the turn:
    evidence by id, or why there is none. A statement that fails is written again `MAX_REPAIRS`
    times at most, and once where it fails the same way again. With a `checkpointer`, a call that no
    turn makes can wait for a person beyond the process.
    """
    return _approved_call(toolbox, *_unapproved_call(toolbox), checkpointer)


class _Branch(Protocol):
    async def __call__(self, state: QueryState, config: RunnableConfig) -> Branch: ...


def _branch(toolbox: Toolbox) -> _Branch:
    """A database call in a turn; where nobody is asked, it needs no machine of its own.

    A function, since LangGraph finds the machine in it and draws it.
    """
    write, run = _unapproved_call(toolbox)
    machine = _approved_call(toolbox, write, run)

    async def query_database(state: QueryState, config: RunnableConfig) -> Branch:
        if toolbox.rules.get(state["call"].database, UNASKED).may_ask:
            return cast("Branch", await machine.ainvoke(state, config))
        ended = await write.to_the_end(state, config)
        return cast("Branch", {key: ended[key] for key in Branch.__annotations__ if key in ended})

    return query_database


def _unapproved_call(toolbox: Toolbox) -> tuple[Onward, Onward]:
    """The nodes that write a statement and run it, each of which follows the other at once."""
    writer, second = toolbox.sql_writer, toolbox.second
    weigh = Weigh(writer.name, _second_reader(toolbox), toolbox.risk, toolbox.least_confidence)
    run = RunSql(toolbox.databases, toolbox.ledger, toolbox.rules, weigh)
    run = Onward(run, routes.after_run, QueryState)
    write = WriteSql(writer, toolbox.databases, toolbox.rules, second)
    write = Onward(write, routes.after_write, QueryState, at_once={"run_sql": run})
    run.follow_with("write_sql", write)
    return write, run


def _approved_call(
    toolbox: Toolbox,
    write: Onward,
    run: Onward,
    checkpointer: BaseCheckpointSaver[str] | None = None,
) -> CompiledStateGraph[QueryState, None, QueryState, Branch]:
    graph = StateGraph(QueryState, output_schema=Branch)
    graph.add_node("write_sql", write, destinations=("run_sql", "approve", END))
    approve = Approve(toolbox.databases, toolbox.rules)
    approve = Onward(approve, routes.after_approve, QueryState)
    graph.add_node("approve", approve, destinations=("run_sql", "approve", "write_sql", END))
    graph.add_node("run_sql", run, destinations=("write_sql", END))
    graph.add_edge(START, "write_sql")
    return graph.compile(checkpointer=checkpointer, name=QUERY_DATABASE)


def _second_reader(toolbox: Toolbox) -> SecondReader | None:
    if toolbox.second is None:
        return None
    sampling = Sampling(toolbox.sampler, toolbox.samples) if toolbox.sampler else None
    return SecondReader(toolbox.second, toolbox.chat if toolbox.chooses else None, sampling)
