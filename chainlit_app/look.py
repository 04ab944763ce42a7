"""The page's own look: name, pictures, colors and the words around the first question."""

import json
import re
import shutil
from collections.abc import Mapping
from colorsys import hls_to_rgb, rgb_to_hls
from pathlib import Path

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from chainlit_app.texts.language import REGIONS, Language
from chainlit_app.texts.table import about, wording
from serving.settings import PageSettings

DEFAULT_NAME = "DocSQL"
_READABLE = 4.5
"""Contrast of text with its ground (WCAG 2.2, success criterion 1.4.3)."""
_GROUNDS = {"light": (1.0, 1.0, 1.0), "dark": (0.18, 0.18, 0.18)}
"""Of Chainlit's themes; in the dark one, of a card, which is lighter than the page."""
_STEP = 0.01

Rgb = tuple[float, float, float]
_WHITE: Rgb = (1.0, 1.0, 1.0)
_BLACK: Rgb = (0.07, 0.07, 0.07)


class LookError(Exception):
    """The page cannot look like that; the message names the setting."""


def dress(root: Path, page: PageSettings) -> None:
    """Give the page in `root` its name, pictures and colors.

    Raises:
        LookError: a picture cannot be read.
    """
    _name(root / ".chainlit" / "config.toml", page.name)
    public = root / "public"
    dark = page.logo_dark or page.logo
    for file, picture in (("logo_light", page.logo), ("logo_dark", dark), ("favicon", page.icon)):
        if picture is not None:
            _replace(public, file, picture)
    if page.color is not None:
        _paint(public / "theme.json", page.color)


def about_as(page: PageSettings, language: Language) -> str:
    """What the page says of itself, under its own name."""
    return about(language).replace(DEFAULT_NAME, page.name)


def wording_as(page: PageSettings, language: Language) -> dict[str, str]:
    """Our words in place of Chainlit's, with the page's own name and footer."""
    words = {
        path: said.replace(DEFAULT_NAME, page.name).replace("{name}", page.oidc.name)
        for path, said in wording(language).items()
    }
    footer = localized(page.footer, language)
    return words | ({"chat.watermark": footer} if footer else {})


def localized(said: str | Mapping[Language, str], language: Language) -> str:
    """A setting's text in a language, or in the other one where only that is given."""
    if isinstance(said, str):
        return said
    return next((said[each] for each in (language, *REGIONS) if each in said), "")


async def show_icon(request: Request) -> Response:
    """The picture beside an answer; Chainlit would look for one by the page's name."""
    del request
    return RedirectResponse("/favicon")


def _name(config: Path, name: str) -> None:
    written = config.read_text(encoding="utf-8")
    named = re.sub(
        r'^name = "DocSQL"$', lambda _: f"name = {json.dumps(name)}", written, flags=re.M
    )
    config.write_text(named, encoding="utf-8")


def _replace(public: Path, name: str, picture: Path) -> None:
    for old in public.glob(f"{name}.*"):
        old.unlink()
    try:
        shutil.copyfile(picture, public / f"{name}{picture.suffix.lower()}")
    except OSError as error:
        raise LookError(
            f"The page's picture {str(picture)!r} cannot be read: {error.strerror or error}. "
            "Correct DOCSQL_PAGE__LOGO, LOGO_DARK or ICON."
        ) from error


def _paint(theme: Path, color: str) -> None:
    """Chainlit's own variables, in both themes."""
    told = json.loads(theme.read_text(encoding="utf-8"))
    for name, ground in _GROUNDS.items():
        shown = readable(_rgb(color), ground)
        on_it = max(_WHITE, _BLACK, key=lambda text, on=shown: _contrast(text, on))
        mine = {"--primary": shown, "--ring": shown, "--primary-foreground": on_it}
        told["variables"][name] |= {key: _hsl(value) for key, value in mine.items()}
    theme.write_text(json.dumps(told), encoding="utf-8")


def readable(color: Rgb, ground: Rgb) -> Rgb:
    """The color, as much darker or lighter as it takes to read it on that ground."""
    hue, lightness, saturation = rgb_to_hls(*color)
    step = -_STEP if _luminance(ground) > 0.5 else _STEP
    while _contrast(color, ground) < _READABLE and 0 <= lightness + step <= 1:
        lightness += step
        color = hls_to_rgb(hue, lightness, saturation)
    return color


def _contrast(one: Rgb, other: Rgb) -> float:
    """WCAG 2.2, definition of the contrast ratio."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: Rgb) -> float:
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def _rgb(color: str) -> Rgb:
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    return red / 255, green / 255, blue / 255


def _hsl(color: Rgb) -> str:
    hue, lightness, saturation = rgb_to_hls(*color)
    return f"{hue * 360:.0f} {saturation:.1%} {lightness:.1%}"
