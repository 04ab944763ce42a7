"""Settings that only a language model has, on a page before a real service with a scripted one."""

from collections.abc import Callable, Iterator

import pytest
from docsql_process import Folder
from playwright.sync_api import Page, expect
from scripted_service import ask
from standin_server import serve
from standin_tgi import Text, TgiStandIn

SLIDERS = {"temperature": 3, "max_tokens": 2}
"""Presses of a key that moves each from where it stands."""


@pytest.fixture(scope="module")
def model() -> TgiStandIn:
    return TgiStandIn(lambda _: Text("Bees are light."))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, model: TgiStandIn) -> Iterator[Folder]:
    with serve(model.app) as address:
        home = tmp_path_factory.mktemp("settings")
        yield Folder(home, {"DOCSQL_SERVICE__PORT": "0", "DOCSQL_CHAT__URL": address})


def values(tab: Page) -> dict[str, str]:
    """What the sliders stand at, in the settings opened for that."""
    tab.locator("#chat-settings-open-modal").click()
    dialog = tab.get_by_role("dialog")
    sliders = {name: dialog.locator(f"#{name} [role=slider]") for name in SLIDERS}
    for slider in sliders.values():
        expect(slider).to_be_visible()
    return {name: each.get_attribute("aria-valuenow") or "" for name, each in sliders.items()}


def close(tab: Page) -> None:
    tab.keyboard.press("Escape")
    expect(tab.get_by_role("dialog")).to_have_count(0)


def expect_values(tab: Page, wanted: dict[str, str]) -> None:
    """Which a reload gives back in a moment."""
    for _ in range(20):
        found = values(tab)
        close(tab)
        if found == wanted:
            return
        tab.wait_for_timeout(250)
    pytest.fail("The sliders stand elsewhere.")


def test_temperature_and_length_survive_a_reload_and_reach_the_model(
    remembering: str, visit: Callable[[str], Page], model: TgiStandIn
) -> None:
    tab = visit(remembering)
    before = values(tab)
    for name, presses in SLIDERS.items():
        for _ in range(presses):
            tab.locator(f"#{name} [role=slider]").press(
                "ArrowLeft" if name == "max_tokens" else "ArrowRight"
            )
    tab.locator("#confirm").click()
    tab.wait_for_function("sessionStorage.getItem('docsql-chosen')")
    chosen = values(tab)
    close(tab)
    assert not set(chosen.items()) & set(before.items())
    tab.reload()  # before anything was asked
    expect_values(tab, chosen)
    ask(tab, "Are bees light?")
    expect(tab.get_by_role("button", name="Not helpful")).to_be_visible()
    sent = model.requests[-1]
    assert [sent["temperature"], sent["max_tokens"]] == [
        float(chosen["temperature"]),
        int(chosen["max_tokens"]),
    ]
    tab.reload()
    expect(tab.get_by_role("button", name="Not helpful")).to_be_visible()
    expect_values(tab, chosen)
