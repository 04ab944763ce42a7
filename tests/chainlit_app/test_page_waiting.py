"""A page whose model server is slow or overloaded: it says what the person waits for."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pydantic import BaseModel
from scripted_service import STOP_LIMIT_S, ScriptedService, answered, ask

from serving.wire.events import Event, Retrying, StepFinished, StepStarted, Token
from serving.wire.question import Question

BUSY = Retrying(reason="overloaded", message="Full.", attempt=2, tries=3, after_s=0.5)
GERMAN = {"locale": "de-DE"}
go_on = threading.Event()


async def _held() -> None:
    assert await asyncio.to_thread(go_on.wait, STOP_LIMIT_S)
    go_on.clear()


async def busy(_: Question) -> AsyncIterator[Event]:
    yield StepStarted(step="decide")
    yield BUSY
    await _held()
    yield BUSY.model_copy(update={"reason": "failed", "attempt": 3})
    await _held()
    yield StepFinished(step="decide", seconds=0.1)
    yield Token(text="At last.")
    await _held()
    yield answered("At last.")


async def slow(_: Question) -> AsyncIterator[Event]:
    yield StepStarted(step="decide")
    await _held()
    yield answered("Here I am.")


class _Novelty(BaseModel):
    event: str = "novelty"


async def newer(_: Question) -> AsyncIterator[Any]:
    yield _Novelty()
    yield Token(text="As ever.")
    yield answered("As ever.")


@pytest.fixture(scope="module")
def service() -> Iterator[ScriptedService]:
    scripted = ScriptedService({"busy": busy, "slow": slow, "newer": newer})
    with scripted.running():
        yield scripted


SAID: list[tuple[dict[str, str], tuple[str, str, str]]] = [
    ({}, ("The model has too much to do; trying again (2 of 3)", "(3 of 3)", "Writing the answer")),
    (GERMAN, ("Das Modell ist überlastet; neuer Versuch (2 von 3)", "(3 von 3)", "Schreibt die")),
]


@pytest.mark.parametrize(("browser", "said"), SAID, ids=["en", "de"])
def test_who_waits_for_an_overloaded_model_is_told_so(
    page: str, visit: Callable[..., Page], browser: dict[str, str], said: tuple[str, str, str]
) -> None:
    tab = visit(page, **browser)
    ask(tab, "busy")
    read_out = tab.locator("[aria-live=polite]")
    for words in said:
        expect(read_out).to_contain_text(words)
        go_on.set()
    expect(tab.locator(".ai-message").last).to_contain_text("At last.")
    expect(tab.get_by_text(said[1])).to_have_count(0)


@pytest.mark.parametrize(
    ("browser", "said"),
    [({}, "this takes longer than usual"), (GERMAN, "das dauert länger als sonst")],
    ids=["en", "de"],
)
def test_who_waits_for_a_first_word_is_told_that_it_takes_long(
    page: str, visit: Callable[..., Page], browser: dict[str, str], said: str
) -> None:
    tab = visit(page, **browser)
    ask(tab, "slow")
    expect(tab.locator("[aria-live=polite]")).to_contain_text(said, timeout=15_000)
    go_on.set()
    expect(tab.locator(".ai-message").last).to_contain_text("Here I am.")
    expect(tab.get_by_text(said)).to_have_count(0)


def test_an_event_that_only_a_later_service_has_is_passed_over(
    page: str, visit: Callable[..., Page]
) -> None:
    tab = visit(page)
    ask(tab, "newer")
    expect(tab.locator(".ai-message").last).to_contain_text("As ever.")
    expect(tab.get_by_text("broke off")).to_have_count(0)
