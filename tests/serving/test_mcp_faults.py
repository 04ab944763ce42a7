"""What nobody foresaw in a tool: the log has it, and the model sees where to look."""

import logging
import re
from typing import Any, cast

import pytest

from agent.ledger import MemoryLedger
from agent.toolbox import Toolbox
from serving.http.mcp.arguments import Passages
from serving.http.mcp.person import Nobody
from serving.http.mcp.querying import Querying
from serving.http.mcp.tools import Tools
from serving.turns.admission import Admission
from tools.caller import Caller
from tools.errors import BadInput

UNUSED: Any = None


class BrokenSearch:
    """A search that fails in a way of its own, or gives what is no passage."""

    def __init__(self, *, gives_nonsense: bool) -> None:
        self._gives_nonsense = gives_nonsense

    async def search(self, query: str, **_: Any) -> Any:
        if self._gives_nonsense:
            return Passages.model_validate({"passages": "s3cret"})
        raise RuntimeError(f"postgresql://ann:s3cret@db/{query}")


@pytest.mark.parametrize("gives_nonsense", [False, True])
async def test_a_fault_is_logged_and_leaks_nothing(
    caplog: pytest.LogCaptureFixture,
    gives_nonsense: bool,  # noqa: FBT001  # pytest's
) -> None:
    documents = cast("Any", BrokenSearch(gives_nonsense=gives_nonsense))
    toolbox = Toolbox(UNUSED, UNUSED, documents, {}, MemoryLedger())
    admission = Admission()
    tools = Tools(toolbox, admission, Querying(toolbox, UNUSED))
    with caplog.at_level(logging.ERROR), pytest.raises(BadInput) as told:
        await tools.call("search_documents", {"query": "x"}, Caller(id="ann"), Nobody())
    said = re.fullmatch(
        r"Internal error. The service's log has the details under (\w{8}).", str(told.value)
    )
    assert said is not None, str(told.value)
    (line,) = caplog.records
    assert said[1] in line.getMessage()
    assert line.exc_info is not None
    assert admission.open_turns == 0
