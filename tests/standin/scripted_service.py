"""A service whose turns are scripted, and a page's reader who asks it."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import uvicorn
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from langchain_core.runnables import RunnableGenerator
from langserve import add_routes  # pyright: ignore[reportUnknownVariableType]
from playwright.sync_api import Page, Route
from sse_starlette.sse import AppStatus

from serving.wire.answer import Answer, Query
from serving.wire.events import Answered, Event
from serving.wire.problem import Problem
from serving.wire.question import Question
from serving.wire.service import CallerInfo, DatabaseInfo, Readiness, Suggestions
from serving.wire.statements import OwnStatement
from serving.wire.threads import Feedback

STOP_LIMIT_S = 15.0
Script = Callable[[Question], AsyncIterator[Event]]


def answered(text: str, **values: Any) -> Answered:
    given: dict[str, Any] = {"status": "answered", "route": "chat", "models": {"chat": "scripted"}}
    return Answered(
        answer=Answer.model_validate({**given, "answer": text, "thread_id": "thread-1", **values})
    )


async def echo(question: Question) -> AsyncIterator[Event]:
    yield answered(f"Heard {question.question}.")


class ScriptedService:
    """A LangServe service on a real port; a question names the script that it plays, or is echoed.

    `asked` are the questions as they came, `noted` what was said of answers; `stopped` is set when
    a stream was left on the way. `ready_after` holds up the next calls for its readiness, each
    until its event is set. `note_after` does so with what is said of answers. `databases` are what it
    has connected, `scopes` what its caller may do, `suggested` the questions that it offers.
    """

    def __init__(self, scripts: Mapping[str, Script]) -> None:
        self._scripts = scripts
        self.asked: list[Question] = []
        self.noted: list[Feedback] = []
        self.stopped = threading.Event()
        self.ready_after: list[threading.Event] = []
        self.note_after: list[threading.Event] = []
        self.databases = [DatabaseInfo(name=name, description="") for name in ("demo", "stock")]
        self.models = dict[str, str]()
        self.scopes = ["ask", "documents:read", "documents:write", "sql"]
        self.suggested = ["How many parts are there?"]
        self.own = Query(
            number=1,
            database="stock",
            sql="",
            columns=["own"],
            rows=[[5]],
            truncated=False,
            elapsed_s=0.0,
        )
        self.port = 0

    @contextmanager
    def running(self) -> Generator[None]:
        """Serve at the same port as before, so that a page finds the service again."""
        AppStatus.should_exit_event = None  # sse-starlette binds it to the first loop it sees
        AppStatus.should_exit = False
        listener = socket.create_server(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        config = uvicorn.Config(
            self._app(),
            log_level="critical",
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.should_exit = True
            thread.join(STOP_LIMIT_S)
            listener.close()
            AppStatus.should_exit_event = None  # for a service that runs beside this one

    def _app(self) -> FastAPI:
        app = FastAPI()

        async def ready() -> Readiness:
            if self.ready_after:
                await asyncio.to_thread(self.ready_after.pop(0).wait, STOP_LIMIT_S)
            return Readiness(
                ready=True, models=self.models, databases=self.databases, collections=["default"]
            )

        async def saved(
            answer_id: str,
            number: int,
            format: str,
            find: str = "",
            sort: int = 0,
            descending: str = "",
        ) -> Response:
            name = f'attachment; filename="result-{number}.{format}"'
            headers = {"Content-Disposition": name}
            order = f" by {sort}{' down' * (descending == 'true')}" if sort else ""
            chosen = f" with {find}{order}" if find else order
            return Response(f"{answer_id} {number}{chosen}", media_type="text/csv", headers=headers)

        async def run(statement: OwnStatement, format: str = "") -> Any:
            if "DELETE" in statement.sql:
                raise HTTPException(422, "refused")
            if format:
                name = {"Content-Disposition": f'attachment; filename="own.{format}"'}
                return Response(statement.sql, media_type="text/csv", headers=name)
            return self.own.model_copy(update={"sql": statement.sql})

        async def refused(_: Request, error: HTTPException) -> JSONResponse:
            problem = Problem(error=f"Only queries are allowed ({error.detail}).", act="you")
            return JSONResponse(problem.model_dump(), error.status_code)

        app.get("/answers/{answer_id}/results/{number}")(saved)
        app.post("/statements")(run)
        app.exception_handler(HTTPException)(refused)

        async def suggested() -> Suggestions:
            return Suggestions(questions=self.suggested)

        async def known() -> CallerInfo:
            return CallerInfo(id="ann", groups=[], scopes=self.scopes)

        app.get("/whoami")(known)
        app.get("/suggestions")(suggested)
        app.get("/ready")(ready)
        app.post("/feedback", status_code=204)(self._note)
        agent = RunnableGenerator(self._play).with_types(input_type=dict[str, Any])
        add_routes(app, agent, path="/agent", enabled_endpoints=["stream"])
        return app

    async def _note(self, feedback: Feedback) -> None:
        if self.note_after:
            await asyncio.to_thread(self.note_after.pop(0).wait, STOP_LIMIT_S)
        if feedback.comment == "refused":
            raise HTTPException(422, feedback.comment)
        self.noted.append(feedback)

    async def _play(self, questions: AsyncIterator[Any]) -> AsyncIterator[dict[str, Any]]:
        async for sent in questions:
            question = Question.model_validate(dict(sent))
            self.asked.append(question)
            try:
                async for event in self._scripts.get(question.question, echo)(question):
                    yield event.model_dump(mode="json")
            except (asyncio.CancelledError, GeneratorExit):
                self.stopped.set()
                raise


def ask(tab: Page, question: str) -> None:
    tab.locator("#chat-input").click()
    tab.keyboard.insert_text(question)
    tab.locator("#chat-submit").click()  # which waits until the page is connected


@contextmanager
def before_it_connects(tab: Page, address: str) -> Generator[list[Route]]:
    """Open a page whose socket connects only when the block ends; gives the requests held so far."""
    held: list[Route] = []
    is_connected = False

    def hold(route: Route) -> None:
        if is_connected:
            route.fallback()
        else:
            held.append(route)

    tab.route("**/ws/socket.io/**", hold)
    tab.goto(address)
    yield held
    is_connected = True
    for each in held:
        each.fallback()


def grave_issues(tab: Page, *also: str) -> list[tuple[str, str]]:
    """What axe-core finds that keeps people out, by rule and element; `also` of lesser impacts.

    `docsql.js` names what is new on the page with the next frame; nobody hears it before.
    """
    tab.evaluate(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    found = cast("list[dict[str, Any]]", Axe().run(tab).response["violations"])
    grave = [each for each in found if each["impact"] in {"serious", "critical", *also}]
    return [(each["id"], each["nodes"][0]["html"]) for each in grave]


def unfold(tab: Page) -> None:
    """Open the line over the steps of the last turn, once it is over."""
    tab.locator("button[id^=step-]", has_text=" · ").last.click()
