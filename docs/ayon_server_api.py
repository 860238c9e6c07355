"""Makes the reference page of the native AYON client: which public names of AYON's Python API it has.

``python docs/ayon_server_api.py`` writes ``docs/reference/ayon-server-api.md``; with ``--check`` it says whether the page is up
to date. ``docs/data/ayon-python-api.json`` holds the names of AYON's Python API, its parameters and their defaults.
"""

from __future__ import annotations

import inspect
import json
import sys
from pathlib import Path
from typing import Any

import trackerkit_ayon.server_api
from trackerkit_ayon.server_api import ServerAPI

HERE = Path(__file__).parent
PAGE = HERE / "reference" / "ayon-server-api.md"
DATA = HERE / "data" / "ayon-python-api.json"
HEAD = HERE / "data" / "ayon-server-api-head.md"

Parameter = list[Any]


def own_parameters(name: str) -> list[Parameter]:
    """The parameters of one of our methods, as the data file writes them: name, mark, default."""
    found = inspect.getattr_static(ServerAPI, name)
    method = getattr(found, "__func__", found)
    parameters = list(inspect.signature(method).parameters.values())
    return [_written(each) for each in (parameters if isinstance(found, staticmethod) else parameters[1:])]


def _written(parameter: inspect.Parameter) -> Parameter:
    marks = {parameter.KEYWORD_ONLY: "key", parameter.VAR_KEYWORD: "more", parameter.VAR_POSITIONAL: "rest"}
    default = parameter.default
    is_plain = isinstance(default, (int, float, str, bool, type(None), tuple))
    said = None if default is parameter.empty else repr(default) if is_plain else "..."
    return [parameter.name, marks.get(parameter.kind, ""), said]


def difference(name: str, member: dict[str, Any]) -> str:
    """How a name of ours cannot be used as theirs; ``no`` when it is not there, empty when it can."""
    if not hasattr(ServerAPI, name):
        return "no"
    if member["kind"] != "method":
        return "" if not inspect.isfunction(inspect.getattr_static(ServerAPI, name)) else "a method"
    own = {each[0]: each for each in own_parameters(name)}
    order = [each[0] for each in own_parameters(name) if not each[1]]
    for at, (parameter, mark, default) in enumerate(member["parameters"]):
        if mark == "more" and any(each[1] == "more" for each in own.values()):
            continue
        found = own.get(parameter)
        if found is None:
            return f"without `{parameter}`"
        if found[2] != default:
            return f"`{parameter}` is {found[2]} by default"
        if not mark and (found[1] or order[at] != parameter):
            return f"`{parameter}` stands elsewhere"
    return ""


def additions(name: str, member: dict[str, Any]) -> str:
    """What one of ours takes besides."""
    if member["kind"] != "method" or not hasattr(ServerAPI, name):
        return ""
    theirs = {each[0] for each in member["parameters"]}
    return ", ".join(f"`{each[0]}`" for each in own_parameters(name) if each[0] not in theirs and each[1] != "more")


def render() -> str:
    """The page as Markdown."""
    data = json.loads(DATA.read_text("utf-8"))
    families = data["families"]
    told = {family: {name: difference(name, member) for name, member in members.items()}
            for family, members in families.items()}  # fmt: skip
    parts = [HEAD.read_text("utf-8").replace("{version}", data["version"]).rstrip() + "\n"]
    parts += [_summary(told), _functions(data["functions"])]
    parts += [_family(family, members, told[family]) for family, members in sorted(families.items())]
    return "\n".join(parts).rstrip() + "\n"


def _summary(told: dict[str, dict[str, str]]) -> str:
    lines = [
        "## How many",
        "",
        "| family | names | here, called the same way | not here, or otherwise |",
        "|---|---|---|---|",
    ]
    for family, members in sorted(told.items()):
        other = [f"`{name}`" for name, how in members.items() if how]
        lines.append(f"| {family} | {len(members)} | {len(members) - len(other)} | {', '.join(other)} |")
    every = [how for members in told.values() for how in members.values()]
    lines.append(f"| **all** | **{len(every)}** | **{every.count('')}** | {len(every) - every.count('') or ''} |")
    return "\n".join(lines) + "\n"


def _functions(names: list[str]) -> str:
    missing = [f"`{name}`" for name in names if not hasattr(trackerkit_ayon.server_api, name)]
    said = (
        f"Of its {len(names)} functions, which ask the shared connection, {len(names) - len(missing)} are functions of "
    )
    said += "`trackerkit_ayon.server_api`."
    return said + (f" Not there: {', '.join(missing)}.\n" if missing else "\n")


def _family(family: str, members: dict[str, Any], told: dict[str, str]) -> str:
    lines = [f"## {family}", "", "| name | here | takes besides |", "|---|---|---|"]
    for name, member in members.items():
        lines.append(f"| `{name}` | {told[name] or 'yes'} | {additions(name, member)} |")
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Write the page, or with ``--check`` compare it."""
    made = render()
    if "--check" in arguments:
        is_current = PAGE.is_file() and PAGE.read_text("utf-8") == made
        sys.stdout.write(
            "up to date\n" if is_current else f"{PAGE} is out of date: run python docs/{Path(__file__).name}\n"
        )
        return 0 if is_current else 1
    PAGE.write_text(made, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
