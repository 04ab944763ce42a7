"""Chainlit's callbacks. Chainlit loads this file by its path, so nothing may import it."""

import asyncio
import logging
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from typing import cast

import chainlit as cl
from chainlit.types import ThreadDict
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind
from pydantic import ValidationError
from starlette.middleware.trustedhost import TrustedHostMiddleware

from chainlit_app import advice, asked, missed, preferences
from chainlit_app.approvals import (
    DECIDE,
    Played,
    as_a_turn,
    close_dropped,
    open_cards,
    outcome_of,
    resume_of,
)
from chainlit_app.away import begin_once_there, ready_again, ready_now
from chainlit_app.compat import oauth, server, session
from chainlit_app.controls import chosen_starters, has_samples, sample_starters, starters
from chainlit_app.documents import (
    DELETE_DOCUMENT,
    FILES,
    delete,
    name_as_chosen,
    offer_rights,
    refused_before,
    remember_refused,
    show_documents,
    take_in,
)
from chainlit_app.feedback import RATE, note
from chainlit_app.forgetting import forget_conversations
from chainlit_app.history import History
from chainlit_app.identification import IdentifyVisitor, NameReader, SayRefusals
from chainlit_app.keeping import KeepFiles
from chainlit_app.login import KeyLogin, NoLogin, ProxyLogin, login_of, named_already
from chainlit_app.look import localized, show_icon
from chainlit_app.oidc.proof import ProveSignIn
from chainlit_app.oidc.signing_in import OidcLogin
from chainlit_app.options import Defaults, question_of
from chainlit_app.origin import is_loopback_host, is_same_host
from chainlit_app.policy import keep_to_this_origin
from chainlit_app.render import escaped
from chainlit_app.reopened import show_if_decided, show_the_rest
from chainlit_app.results import RUN_SQL, SAVED, SAVED_OWN, SHOW_AS, run_own, save, save_own, switch
from chainlit_app.saved import (
    DELETE_SAVED,
    SAVE,
    delete_saved,
    save_question,
    shared_question,
    show_saved,
)
from chainlit_app.service import Service, Unreachable
from chainlit_app.sources import open_cited_source
from chainlit_app.suggestions import ASK, question_of_click
from chainlit_app.texts.language import SpeakTheirLanguage, current_language
from chainlit_app.texts.table import in_digits, words_for
from chainlit_app.turn import Turn, refused, say, stopped
from chainlit_app.underway import under_way
from chainlit_app.watch import AWAY, OutageWatch, show_outage
from serving.client import ServiceError
from serving.compat.uvicorn import parse_http_by
from serving.observability.telemetry import tracing
from serving.process.framing import FramedProtocol
from serving.schema import MAX_QUESTION, Question, Readiness
from serving.settings import load_settings

logging.getLogger("httpx").setLevel(logging.WARNING)  # a line for every request
settings = load_settings()
is_local = settings.page.login == "none" and is_loopback_host(server.host())
service = Service(settings.page.api_url, advice.ReaderAdvice(is_operators=is_local))
login = login_of(settings, service)
tracer, while_running = trace.get_tracer("docsql-page"), ExitStack()
defaults = Defaults(settings.chat.temperature, settings.chat.max_tokens)

# Chainlit switches the origin check of its socket off: any web page that a person has open could
# ask questions here and read the answers.
server.check_origins(is_same_host)
# It makes uvicorn's server itself, with whichever reader of HTTP is installed.
parse_http_by(FramedProtocol)
if is_loopback_host(server.host()):
    # DNS rebinding: another site may not reach this port under its own host name.
    server.web_app.add_middleware(
        TrustedHostMiddleware, allowed_hosts=["localhost", "127.0.0.1", "[::1]"]
    )
server.web_app.add_middleware(IdentifyVisitor, login=login)
server.web_app.add_middleware(SayRefusals)
server.web_app.add_middleware(KeepFiles)
server.web_app.add_middleware(SpeakTheirLanguage)
if settings.page.history and isinstance(login, NoLogin):
    server.web_app.add_middleware(NameReader)
server.refuse_empty_files(partial(words_for, "documents.empty"))
server.answer_at(AWAY, OutageWatch(service).answer)
server.answer_at("/avatars/{name:path}", show_icon)
for path in (SAVED, FILES):
    server.answer_at(path, partial(save, service=service))
server.answer_at(SAVED_OWN, partial(save_own, service=service))
keep_to_this_origin(server.web_app, index=server.page_html())


@cl.on_app_startup
async def begin_tracing() -> None:
    """Send spans where a collector is set."""
    server.end_polls_at_stop()
    while_running.enter_context(tracing(settings.telemetry, program="docsql-page"))


@cl.on_app_shutdown
async def end_tracing() -> None:
    """Send those that have not been sent yet."""
    while_running.close()


@cl.set_starters
async def offer_starters(user: cl.User | None) -> list[cl.Starter]:  # noqa: ARG001  # Chainlit's
    """Questions on the empty page: the operator's, or by what the service has connected."""
    if settings.page.starters:
        return chosen_starters(settings.page.starters)
    if has_samples(ready := await ready_now(service)):
        return sample_starters(ready)
    try:
        return starters(await service.suggestions())
    except ServiceError:
        return starters([])


async def welcome(user: cl.User | None, language: str | None = None) -> list[cl.ChatProfile]:
    """The page's words above the first question, which Chainlit takes as those of a profile."""
    del user, language
    said = localized(settings.page.welcome, current_language())
    return [cl.ChatProfile(name=settings.page.name, markdown_description=said, icon="/logo")]


if settings.page.welcome:
    cl.set_chat_profiles(welcome)


async def greet() -> None:
    """A new conversation: its settings panel, or word that the service is away."""
    _name_conversation()
    await offer_rights(service)
    ready = await ready_now(service)
    if ready is None:
        begin_once_there(service, _offer_chosen, is_asked=missed.is_asked)
    for database in ready.databases if ready else []:
        if database.problem:
            name, problem = escaped(database.name), escaped(database.problem)
            await say(words_for("database.away", name=name, problem=problem))
    await preferences.offer(defaults, ready)


server.call_on_chat_start(greet)


async def _offer_chosen(ready: Readiness) -> None:
    await preferences.offer(defaults, ready, preferences.chosen())


@cl.on_settings_update
async def keep_settings(changed: dict[str, object]) -> None:
    """Other settings, which stay with the conversation."""
    del changed
    await preferences.keep(service, defaults)


server.call_on_stop(stopped)


async def resume(thread: ThreadDict) -> None:
    """An earlier conversation: Chainlit shows its texts when this is over, and nothing else."""
    cl.user_session.set("thread_id", thread["id"])
    await offer_rights(service)
    ready = await ready_now(service)
    try:
        content = await service.thread(thread["id"])
    except Unreachable:
        missed.remember_missed(thread["id"])
        begin_once_there(
            service, _offer_chosen, is_asked=missed.is_asked, after=asyncio.current_task()
        )
        return
    except ServiceError:  # then only the texts are shown
        await preferences.offer(defaults, ready)
        return
    await preferences.offer_again(defaults, ready, content.settings)
    asked.remember_all(content.turns)
    task = asyncio.create_task(show_the_rest(content, service, after=asyncio.current_task()))
    session.set_running(task)


if isinstance(login, KeyLogin):
    server.call_on_password(login.enter)
elif isinstance(login, OidcLogin):
    at_https = (settings.page.public_url or "").startswith("https:")
    server.web_app.add_middleware(
        ProveSignIn, provider=login.provider, seal=login.seal, is_secure=at_https
    )
    oauth.sign_in_at(login.asked, login.enter)
elif isinstance(login, ProxyLogin) or settings.page.history:  # it asks whose conversations
    server.call_on_header(named_already)

if settings.page.history:
    history = History(service)
    cl.data_layer(lambda: history)
    cl.on_chat_resume(resume)
    server.resume_when_connected_twice()


@cl.on_message
async def answer(message: cl.Message) -> None:
    """A question, answered below it, and files that are added first; nothing typed asks nothing.

    Chainlit calls this for an edited question as well, with the message that it was.
    """
    typed = message.content.strip()
    is_edited = asked.of_message(message.id) is not None
    if is_edited and (task := asyncio.current_task()):
        session.set_running(task)
    attached = [] if is_edited else message.elements
    if attached:
        await name_as_chosen(attached, message.id)
        await missed.catch_up(typed, message.id, attached, service=service, defaults=defaults)
        add_to = str(preferences.chosen().get("add_to") or "")
        _name_conversation()
        await take_in(attached, service, collection=add_to.strip(), has_question=bool(typed))
        if settings.page.history and not typed:
            await session.tell_id(", ".join(each.name for each in attached))
    refused_before()  # whoever sends nothing else was told as they added it
    if not typed:
        return
    if len(typed) > MAX_QUESTION:
        length, limit = in_digits(len(typed)), in_digits(MAX_QUESTION)
        await say(words_for("question.too_long", length=length, limit=limit))
        return
    await _ask(typed, message.id)


@cl.action_callback(DECIDE)  # pyright: ignore[reportUntypedFunctionDecorator]  # Chainlit's
async def decide(action: cl.Action) -> dict[str, bool | str]:
    """A person's decision on a waiting statement; the card is updated when it was sent."""
    resume = resume_of(cast("object", action.payload))
    if resume is None:
        return {"done": False}
    asking = asked.last()
    below = asking.message if asking else None
    played = await as_a_turn(_play(resume), below=below)
    if played is None and await show_if_decided(resume, service):
        return {"done": True}
    return outcome_of(played, resume)


@cl.action_callback(ASK)  # pyright: ignore[reportUntypedFunctionDecorator]  # Chainlit's
async def ask_suggested(action: cl.Action) -> None:
    """A click on a question that an answer offers, as if it had been typed."""
    question = question_of_click(cast("object", action.payload))
    if question:
        await _ask_anew(question)


@cl.action_callback(asked.AGAIN)  # pyright: ignore[reportUntypedFunctionDecorator]  # Chainlit's
async def ask_again(action: cl.Action) -> None:
    """A click on "Ask again": the last question's answer is replaced, an earlier one's stays."""
    again = asked.of_click(cast("object", action.payload))
    if again is not None and again == asked.last():
        await as_a_turn(_ask(again.question, again.message), below=again.message)
    elif again is not None:
        await _ask_anew(again.question)


@cl.action_callback(RATE)  # pyright: ignore[reportUntypedFunctionDecorator]  # Chainlit's
async def rate(action: cl.Action) -> dict[str, str]:
    """A click on a thumb below an answer."""
    return await note(cast("object", action.payload), service)


@cl.action_callback(SHOW_AS)  # pyright: ignore[reportUntypedFunctionDecorator]  # Chainlit's
async def show_as(action: cl.Action) -> None:
    """A click on another way to see a result."""
    await switch(cast("object", action.payload))


@cl.action_callback(RUN_SQL)  # pyright: ignore[reportUntypedFunctionDecorator]  # Chainlit's
async def run_sql(action: cl.Action) -> dict[str, object]:
    """A statement of a person's own."""
    return await run_own(cast("object", action.payload), service)


@cl.action_callback(SAVE)  # pyright: ignore[reportUntypedFunctionDecorator]  # Chainlit's
async def keep_question(action: cl.Action) -> None:
    """A click on the bookmark below an answer."""
    await save_question(cast("object", action.payload), service)


server.call_on_click(DELETE_DOCUMENT, partial(delete, service=service))
server.call_on_click(DELETE_SAVED, partial(delete_saved, service=service))


@cl.on_window_message
async def open_clicked(told: object) -> None:
    """A click on a citation or a link of the header, or a shared link, as `docsql.js` tells it."""
    for hear in (show_documents, show_saved, show_outage, remember_refused, forget_conversations):
        if await hear(told, service):
            return
    if await preferences.restored(told, defaults, partial(ready_now, service)):
        return
    try:
        question = await shared_question(told, service)
    except ServiceError as error:
        await say(str(error))
        return
    await (_ask_anew(question) if question else open_cited_source(told, service))


def _name_conversation() -> None:
    """Give a conversation without an id the one in its address, by which the side bar knows it."""
    if settings.page.history and not cl.user_session.get("thread_id"):
        cl.user_session.set("thread_id", session.conversation_id())


async def _ask_anew(text: str) -> None:
    _name_conversation()  # a click may come before the greeting has
    message = await cl.Message(content=text, type="user_message").send()
    await session.give_address(text)
    await as_a_turn(_ask(text, message.id), below=message.id)


async def _ask(text: str, message: str) -> None:
    """A question with the settings of the page; of a message that was asked before, in its place."""
    await missed.catch_up(text, message, (), service=service, defaults=defaults)
    if is_new := settings.page.history and not asked.last():
        await session.tell_id(text)
    thread_id = cast("str | None", cl.user_session.get("thread_id"))
    replaces = await asked.take_back(message)
    asked.remember(message, text)
    try:
        question = question_of(
            text,
            thread_id=thread_id,
            chosen=preferences.chosen(),
            defaults=defaults,
            replaces=replaces,
        )
    except ValidationError:
        await say(words_for("question.out_of_bounds"))
        return
    open_before = open_cards()
    if await _play(question):
        await close_dropped(open_before)
        if is_new:  # the list may have been fetched before the service knew of it
            await session.list_anew(text)


async def _play(question: Question) -> Played | None:
    """One turn on the page; None where it came to no end."""
    asked.stands_below(session.run_id())
    try:
        with _traced(), under_way(question):
            turn = Turn()
            answered = await turn.play(service.ask(question))
    except Unreachable:
        return await _play_later(question)
    except ServiceError as error:
        await refused(error)
        return None
    if answered is None:
        return None
    cl.user_session.set("thread_id", answered.thread_id)
    if settings.page.history:
        await preferences.let_go()
    return Played(answered, turn.edited)


async def _play_later(question: Question) -> Played | None:
    """The same once the service answers."""
    played = await _play(question) if await ready_again(service) else None
    if played and settings.page.history:
        await session.list_anew(question.question)
    return played


def _traced() -> AbstractContextManager[Span]:
    """The trace of one question, and not a part of its socket's, which lasts as long as the tab."""
    return tracer.start_as_current_span(
        "question", Context(), kind=SpanKind.CLIENT, record_exception=False
    )
