"""Writes what the chart says twice: its settings and its values' schema (`make chart` runs this)."""

import json
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import yaml
from pydantic import BaseModel, SecretStr

from serving.config.settings import Settings, variables

CHART = Path(__file__).parents[2] / "deployment/helm/docsql"
VALUES, SCHEMA = CHART / "values.yaml", CHART / "values.schema.json"
FIRST, LAST = "# --- settings ---\n", "# --- end of settings ---\n"
OF_THE_PAGE = ("host", "port", "api_url", "login", "allow_anyone", "api_key", "secret", "history")
FIXED = {"data": "/data", "service.host": "0.0.0.0", "service.port": "service.port"} | {  # noqa: S104
    f"page.{name}": "page" for name in (*OF_THE_PAGE, "proxy_secret", "public_url", "oidc")
}
"""Settings that the chart decides, with its own value or source."""
EXAMPLES = {"databases": "sales", "sources": "handbook"}
"""Made-up names for sections of which there may be several."""
FREE = {
    *("nodeSelector", "podLabels", "podAnnotations", "annotations", "labels", "matchLabels"),
    *("limits", "requests"),
}
QUANTITY = r"^[0-9]+(\.[0-9]+)?([kMGTPE]|[KMGTPE]i)?$"
"""Kubernetes' way to write an amount of bytes."""

NAME = r"^([a-z0-9]([a-z0-9-]*[a-z0-9])?)?$"
"""What names of objects are made of, or nothing."""

VARIABLE = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string"},
        "value": {"type": "string"},
        "valueFrom": {"type": "object"},
    },
}
"""A variable of a container."""

WITH_FORM: dict[str, dict[str, Any]] = {
    "size": {"type": "string", "pattern": QUANTITY},
    "sharedMemory": {"type": "string", "pattern": QUANTITY},
    "port": {"type": "integer", "minimum": 1, "maximum": 65535},
    "host": {"type": "string", "pattern": r"^[A-Za-z0-9*][A-Za-z0-9.-]*$"},
    "schedule": {"type": "string", "pattern": r"^$|^@[a-z]+$|^\S+( +\S+){4}$"},
    "pullSecrets": {"type": "array", "items": {"type": "string"}},
    "env": {"type": "array", "items": VARIABLE},
    **{key: {"type": "string", "pattern": NAME} for key in ("nameOverride", "fullnameOverride")},
}
CHOICES = {
    "mode": ["none", "external", "deployment", "kserve", "llmInferenceService"],
    "runtime": ["", "tgi", "vllm", "sglang", "llamacpp", "nim", "tei"],
    "login": ["key", "oidc", "proxy"],
    "tokenKind": ["access", "id"],
    "kind": ["none", "ingress", "httpRoute", "virtualService"],
    "pullPolicy": ["Always", "IfNotPresent", "Never"],
    "accessMode": ["ReadWriteOnce", "ReadWriteOncePod", "ReadWriteMany", "ReadOnlyMany"],
}

KINDS: dict[type, str] = {dict: "object", list: "array", bool: "boolean", str: "string"}

Json = dict[str, Any]


def settings_block() -> str:
    """Every setting as a comment in values.yaml, under its section."""
    lines = ["settings: {}"]
    section = ""
    for variable, default, description in variables():
        *path, name = variable.removeprefix("DOCSQL_").lower().split("__")
        if ".".join(path) != section:
            lines += _headings(path, section.split("."))
            section = ".".join(path)
        lines.append(_line(path, name, variable, default, description))
    return "\n".join(lines) + "\n"


def _headings(path: list[str], before: list[str]) -> list[str]:
    """The sections that begin here, those within others indented; names are made up."""
    begun = [n for n in range(len(path)) if path[: n + 1] != before[: n + 1]]
    return [f"#{'  ' * (n + 1)}{_example(path, path[n])}:" for n in begun]


def _example(path: list[str], part: str) -> str:
    return EXAMPLES[path[0]] if part.lower() == "name" else part


def _line(path: list[str], name: str, variable: str, default: str, description: str) -> str:
    indent = "  " * (len(path) + 1)
    fixed = next(
        (FIXED[key] for key in (".".join([*path, name]), ".".join(path)) if key in FIXED), None
    )
    if fixed:
        return f"#{indent}# {name}: the chart sets it ({fixed})"
    if _is_secret(path, name):
        return f"#{indent}# {name}: a secret, {'__'.join(_example(path, part) for part in variable.split('__')).upper()}"
    return f"#{indent}{name}: {default or 'null'}  # {description}"


def _is_secret(path: list[str], name: str) -> bool:
    section: type[BaseModel] = Settings
    for part in path:
        annotation = section.model_fields[part].annotation if part != "name" else section
        section = _section(annotation)
    return "SecretStr" in str(section.model_fields[name].annotation) or (
        section.model_fields[name].annotation is SecretStr
    )


def _section(annotation: object) -> type[BaseModel]:
    candidates = (annotation, *getattr(annotation, "__args__", ()))
    return next(c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel))


def values_with_settings(text: str) -> str:
    """values.yaml with a regenerated settings block."""
    before, rest = text.split(FIRST)
    _, after = rest.split(LAST)
    return before + FIRST + settings_block() + LAST + after


def schema() -> Json:
    """The schema of values.yaml: names and types from its defaults, settings from their own schema."""
    values = cast("Json", yaml.safe_load(VALUES.read_text(encoding="utf-8")))
    found = _schema_of("", values)
    found["properties"]["settings"] = _settings_schema()
    found["properties"]["secrets"]["properties"]["settings"] = _secrets_schema()
    found["properties"]["global"] = {"type": "object"}  # Helm's own, for charts above this one
    return {"$schema": "http://json-schema.org/draft-07/schema#", **found}


def _schema_of(name: str, value: object) -> Json:
    match value:
        case _ if name in WITH_FORM:
            return WITH_FORM[name]
        case {} if value and name not in FREE:
            named = cast("Mapping[str, object]", value)
            return {
                "type": "object",
                "additionalProperties": False,
                "required": [key for key, held in named.items() if _is_needed(key, held)],
                "properties": {key: _schema_of(key, held) for key, held in named.items()},
            }
        case int() if not isinstance(value, bool):
            return {"type": "integer", "minimum": 0}
        case _ if name in CHOICES:
            return {"enum": CHOICES[name]}
        case _:
            return {"type": KINDS[type(value)]}


def _is_needed(name: str, value: object) -> bool:
    """Whether templates look into the value, or choose by it: Helm takes away what is null."""
    if name in CHOICES:
        return value != ""
    return name not in FREE and isinstance(value, dict)


def _settings_schema() -> Json:
    whole = Settings.model_json_schema()
    definitions = cast("dict[str, Json]", whole["$defs"])
    found = cast("Json", _pointing(_inlined(whole, definitions), ()))
    for path, source in FIXED.items():
        *sections, name = path.split(".")
        held = found
        for section in sections:
            held = held["properties"][section]
        held["properties"][name] = {"const": f"left out: the chart sets it ({source})"}
    return found


def _secrets_schema() -> Json:
    """Secrets by the names of their settings: any setting may be one, and nothing else may."""
    names = "|".join(variable.replace("__NAME__", "__[A-Z0-9_]+__") for variable, *_ in variables())
    return {"type": "object", "patternProperties": {f"^({names})$": {"type": "string"}}} | {
        "additionalProperties": False
    }


def _inlined(node: Any, definitions: dict[str, Json]) -> Any:
    """A schema without references and without words, which values.yaml has."""
    match node:
        case {"$ref": str(reference)}:
            return _inlined(definitions[reference.rsplit("/", 1)[-1]], definitions)
        case dict():
            tree = cast("Json", node)
            dropped = {"$defs", "description", "title", "default"}
            return {
                key: ({n: _inlined(v, definitions) for n, v in held.items()})
                if key == "properties"
                else _inlined(held, definitions)
                for key, held in tree.items()
                if key not in dropped
            }
        case list():
            return [_inlined(held, definitions) for held in cast("list[Any]", node)]
        case _:
            return node


def _pointing(node: Any, path: tuple[str, ...]) -> Any:
    """The schema with a word on where secrets belong in place of theirs, which Helm shows."""
    if isinstance(node, list):
        return [_pointing(held, path) for held in cast("list[Any]", node)]
    if not isinstance(node, dict):
        return node
    tree = cast("Json", node)
    if _is_password(tree):
        return {"const": f"in secrets.settings, as {_variable_of(path)}"}
    kept = {
        key: {name: _pointing(one, (*path, name)) for name, one in held.items()}
        if key == "properties"
        else _pointing(held, (*path, "NAME") if key == "additionalProperties" else path)
        for key, held in tree.items()
    }
    if "required" in tree:
        secret = {n for n, one in tree.get("properties", {}).items() if _is_password(one)}
        kept["required"] = [name for name in tree["required"] if name not in secret]
    return kept


def _variable_of(path: tuple[str, ...]) -> str:
    """The variable that holds the setting, which is a list's own for what is in the list."""
    name = f"DOCSQL_{'__'.join(path).upper()}"
    return name if name in {known for known, *_ in variables()} else _variable_of(path[:-1])


def _is_password(schema: Json) -> bool:
    return any(one.get("format") == "password" for one in (schema, *schema.get("anyOf", ())))


def package(folder: Path) -> Path:
    """The chart as the tarball that Helm and import frameworks take."""
    meta = cast("Json", yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8")))
    target = folder / f"{meta['name']}-{meta['version']}.tgz"
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(target, "w:gz") as archive:
        for file in _files():
            archive.add(file, f"{meta['name']}/{file.relative_to(CHART)}", filter=_anonymous)
    return target


def _files() -> Iterator[Path]:
    yield from sorted(file for file in CHART.rglob("*") if file.is_file())


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


if __name__ == "__main__":
    VALUES.write_text(values_with_settings(VALUES.read_text(encoding="utf-8")), encoding="utf-8")
    SCHEMA.write_text(json.dumps(schema(), indent=1) + "\n", encoding="utf-8")
    print(f"The chart is {package(CHART.parents[2] / 'dist')}.")  # noqa: T201  # a person reads it
