from collections.abc import Awaitable, Callable, Mapping
from typing import cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Send

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
from agent.state import AgentInput, AgentState, Branch, QueryInput, QueryState
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
    branches = _branches(toolbox)
    check = _check(toolbox)
    answer = _answer(toolbox, check)
    alone = _alone(toolbox, branches, answer)
    decide = Decide(toolbox)
    decide = Onward(
        decide, routes.after_decide, AgentState, at_once={"answer": answer}, alone=alone
    )
    rewrite = Rewrite(toolbox.chat, toolbox.window, toolbox.plain)
    rewrite = Onward(rewrite, routes.after_rewrite, AgentState, at_once={"decide": decide})

    graph = StateGraph(AgentState, input_schema=AgentInput)
    graph.add_node("rewrite", rewrite, destinations=("decide",))
    graph.add_node("decide", decide, destinations=(*branches, "answer"))
    for tool, branch in branches.items():
        graph.add_node(tool, branch)
    graph.add_node("answer", answer, destinations=("decide", "check"))
    graph.add_node("check", check, destinations=("suggest", END))
    graph.add_node("suggest", Suggest(toolbox))

    graph.add_edge(START, "rewrite")
    for tool in branches:
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


def _check(toolbox: Toolbox) -> Onward:
    check = Check(
        toolbox.ledger,
        toolbox.documents,
        toolbox.passages,
        _evidence_reader(toolbox),
        weighs_rows=not toolbox.chooses,
    )
    return Onward(check, routes.after_check, AgentState)


def _answer(toolbox: Toolbox, check: Onward) -> Onward:
    reader = _evidence_reader(toolbox)
    answer = ComposeAnswer(toolbox.chat, toolbox.ledger, toolbox.window, toolbox.plain, reader)
    return Onward(answer, routes.after_answer, AgentState, at_once={"check": check})


def _evidence_reader(toolbox: Toolbox) -> EvidenceReader:
    return EvidenceReader(toolbox.plain, toolbox.deciding)


def _branches(toolbox: Toolbox) -> dict[str, Callable[..., Awaitable[Branch]]]:
    """The node of each tool, by its name."""
    advisor = toolbox.deciding.advisor
    search = SearchDocuments(toolbox.documents, toolbox.ledger, toolbox.passages, advisor)
    return {
        SEARCH_DOCUMENTS: search,
        QUERY_DATABASE: _branch(toolbox),
        DESCRIBE_SOURCES: DescribeSources(toolbox),
    }


def _alone(
    toolbox: Toolbox, branches: Mapping[str, Callable[..., Awaitable[Branch]]], answer: Onward
) -> Callable[[Send], Onward | None]:
    """What runs a branch in the step of `decide`: most turns have one, and it waits for nobody."""
    then = {"answer": answer}
    onward = {
        tool: Onward(branch, routes.after_branch, AgentState, at_once=then)
        for tool, branch in branches.items()
    }

    def alone(branch: Send) -> Onward | None:
        is_query = branch.node == QUERY_DATABASE
        return None if is_query and _may_ask(toolbox, branch.arg) else onward[branch.node]

    return alone


def _may_ask(toolbox: Toolbox, state: QueryInput) -> bool:
    """Whether a person may be asked before a call's statement runs."""
    return toolbox.rules.get(state["call"].database, UNASKED).may_ask


def _branch(toolbox: Toolbox) -> Callable[[QueryState, RunnableConfig], Awaitable[Branch]]:
    """A database call in a turn; where nobody is asked, it needs no machine of its own.

    A function, since LangGraph finds the machine in it and draws it.
    """
    write, run = _unapproved_call(toolbox)
    machine = _approved_call(toolbox, write, run)

    async def query_database(state: QueryState, config: RunnableConfig) -> Branch:
        if _may_ask(toolbox, state):
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
