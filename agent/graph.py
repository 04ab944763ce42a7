from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from agent import routes
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
from agent.quoting import EvidenceReader
from agent.second import SecondReader
from agent.state import AgentInput, AgentState, Branch, QueryState
from agent.toolbox import Toolbox
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
    graph.add_node("rewrite", Rewrite(toolbox.chat, toolbox.window, toolbox.plain))
    graph.add_node("decide", Decide(toolbox))
    graph.add_node(QUERY_DATABASE, database_call(toolbox))
    advisor = toolbox.deciding.advisor
    search = SearchDocuments(toolbox.documents, toolbox.ledger, toolbox.passages, advisor)
    graph.add_node(SEARCH_DOCUMENTS, search)
    graph.add_node(DESCRIBE_SOURCES, DescribeSources(toolbox))
    graph.add_node("gather", routes.join_branches)
    reader = EvidenceReader(toolbox.plain, toolbox.deciding)
    answer = ComposeAnswer(toolbox.chat, toolbox.ledger, toolbox.window, toolbox.plain, reader)
    graph.add_node("answer", answer)
    graph.add_node("check", Check(toolbox.ledger, toolbox.documents, toolbox.passages, reader))
    graph.add_node("suggest", Suggest(toolbox))

    graph.add_conditional_edges(START, routes.at_start)
    graph.add_edge("rewrite", "decide")
    graph.add_conditional_edges(
        "decide",
        routes.after_decide,
        [SEARCH_DOCUMENTS, QUERY_DATABASE, DESCRIBE_SOURCES, "answer"],
    )
    for tool in (SEARCH_DOCUMENTS, QUERY_DATABASE, DESCRIBE_SOURCES):
        graph.add_edge(tool, "gather")
    graph.add_conditional_edges("gather", routes.after_tools, ["decide", "answer"])
    graph.add_conditional_edges("answer", routes.after_answer)
    graph.add_conditional_edges("check", routes.after_check)
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
    graph = StateGraph(QueryState, output_schema=Branch)
    writer, second = toolbox.sql_writer, toolbox.second
    weigh = Weigh(writer.name, _second_reader(toolbox), toolbox.risk, toolbox.least_confidence)
    graph.add_node("write_sql", WriteSql(writer, toolbox.databases, toolbox.rules, second))
    graph.add_node("approve", Approve(toolbox.databases, toolbox.rules))
    graph.add_node("run_sql", RunSql(toolbox.databases, toolbox.ledger, toolbox.rules, weigh))
    graph.add_edge(START, "write_sql")
    graph.add_conditional_edges("write_sql", routes.after_write)
    graph.add_conditional_edges("approve", routes.after_approve)
    graph.add_conditional_edges("run_sql", routes.after_run)
    return graph.compile(checkpointer=checkpointer, name=QUERY_DATABASE)


def _second_reader(toolbox: Toolbox) -> SecondReader | None:
    if toolbox.second is None:
        return None
    return SecondReader(toolbox.second, toolbox.chat if toolbox.chooses else None)
