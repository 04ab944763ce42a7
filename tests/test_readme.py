"""What the README says is what the program does."""

import re
from pathlib import Path

from serving.cli.commands import app
from serving.config.settings import Settings
from serving.parts.assembly import drawable_graph

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_readme_draws_the_machine_as_it_is() -> None:
    drawn = re.search(r"```mermaid\n(.*?)```", README, re.DOTALL)
    assert drawn is not None
    graph = drawable_graph(Settings()).get_graph(xray=True)
    assert drawn.group(1).strip() == graph.draw_mermaid().strip()


def test_every_command_is_in_the_readme() -> None:
    commands = [c.name or c.callback.__name__ for c in app.registered_commands if c.callback]
    groups = [group.name for group in app.registered_groups]
    for name in [*commands, *groups]:
        assert f"docsql {name}" in README, name


def test_every_picture_of_the_readme_is_there() -> None:
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", README)
    assert pictures
    for picture in pictures:
        assert (Path(__file__).parents[1] / picture).is_file(), picture
