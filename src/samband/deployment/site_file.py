"""Reading ``samband.toml``: every wrong setting is named, with its value and what is allowed."""

from __future__ import annotations

import re
import tomllib
import typing
from pathlib import Path
from typing import Any

import msgspec

from samband.deployment.setting_forms import SettingError
from samband.deployment.settings import Site
from samband.model.failures import Failure

FILE_NAME = "samband.toml"

_PATH = re.compile(r"^(?P<text>.*?)(?: - at `\$\.?(?P<path>[^`]*)`)?$", re.DOTALL)
_UNKNOWN = re.compile(r"unknown field `(?P<field>[^`]+)`")
_MISSING = re.compile(r"missing required field `(?P<field>[^`]+)`")

_FORMER = {
    "owa": "no longer a setting: remove its section; what it said is said by `samband owa set DIR` (step 5) instead",
}
"""Settings that files of earlier versions may hold, and what became of them."""


def read_site(folder: Path) -> Site:
    """The settings of the site in ``folder``. Raises ``SettingError``, ``Failure`` or ``OSError``."""
    path = folder / FILE_NAME
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Failure(
            "NoSite", f"there is no site in {folder}; make one with: samband init {folder} --domain DOMAIN"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Failure("Unreadable", f"{path} is not a TOML file: {error}") from None
    return parse_site(table)


def parse_site(table: dict[str, Any]) -> Site:
    """The settings in ``table``. Raises ``SettingError``."""
    try:
        return msgspec.convert(table, Site)
    except msgspec.ValidationError as error:
        cause = error.__cause__
        if isinstance(cause, SettingError):
            raise cause from None
        raise _explained(str(error), table) from None


def _explained(message: str, table: dict[str, Any]) -> SettingError:
    match = _PATH.match(message)
    text = match["text"] if match else message
    path = (match["path"] or "") if match else ""
    if unknown := _UNKNOWN.search(text):
        name = f"{path}.{unknown['field']}".lstrip(".")
        if former := _FORMER.get(name):
            return SettingError(name, _look_up(table, name), former)
        return SettingError(name, _look_up(table, name), f"no such setting; {path or 'the file'} has {_keys(path)}")
    if missing := _MISSING.search(text):
        return SettingError(f"{path}.{missing['field']}".lstrip("."), None, "it must be set")
    return SettingError(path, _look_up(table, path), _rule(path) or text[:1].lower() + text[1:])


def _look_up(table: Any, path: str) -> Any:
    for key in filter(None, re.split(r"[.\[\]]+", path)):
        if isinstance(table, dict):
            table = table.get(key)
        elif isinstance(table, list) and key.isdigit() and int(key) < len(table):
            table = table[int(key)]
    return table


def _keys(path: str) -> str:
    return ", ".join(sorted(_type(path).__struct_fields__))


def _type(path: str) -> Any:
    kind: Any = Site
    for key in filter(None, path.split(".")):
        kind = typing.get_type_hints(kind, include_extras=True)[key.partition("[")[0]]
    return kind


def _rule(path: str) -> str:
    """What the setting at ``path`` may be, in words; empty where its type says it better."""
    rules: list[str] = []
    parts = [_type(path)]
    while parts:
        part = parts.pop()
        if typing.get_origin(part) is typing.Literal:
            rules.append("one of " + ", ".join(repr(value) for value in typing.get_args(part)))
        elif isinstance(part, msgspec.Meta) and part.description:
            rules.append(part.description)
        else:
            parts.extend(typing.get_args(part) if not hasattr(part, "__metadata__") else part.__metadata__)
    return " or ".join(rules)
