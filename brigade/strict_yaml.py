"""Reading our own rule files strictly: a slip in the data stops the start and names its place. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml

try:
    from yaml import CSafeLoader as SafeLoader  # libyaml, ten times as fast
except ImportError:
    from yaml import SafeLoader  # type: ignore[assignment]

from brigade.activity.kind_types import Label

T = TypeVar("T")
_NOWHERE = object()


class _Loader(SafeLoader):
    """Safe yaml in which no key may stand twice in one mapping."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    for key in keys:
        if keys.count(key) > 1:
            raise ValueError(f"line {node.start_mark.line + 1}: {key!r} stands there twice")
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


class Node:
    """A mapping of the file and its place; every key must be taken, ``done`` refuses what is left."""

    def __init__(self, value: Any, place: str) -> None:
        self.place = place
        if not isinstance(value, dict):
            self.fail("must be a mapping")
        self.left = dict(value)

    def fail(self, what: str) -> Any:
        """Stop, naming the place."""
        raise ValueError(f"{self.place}: {what}")

    def take(self, key: str, kind: type[T], default: Any = _NOWHERE) -> T:
        """The value of a key, of just that type."""
        value = self.left.pop(key, default)
        if value is _NOWHERE:
            self.fail(f"{key!r} is missing")
        if value is not default and type(value) is not kind:
            self.fail(f"{key!r} must be a {kind.__name__}, not {value!r}")
        return value  # type: ignore[no-any-return]

    def word(self, key: str, among: Sequence[str], default: Any = _NOWHERE) -> str:
        """A text that is one of several."""
        value = self.take(key, str, default)
        return value if value in among else self.fail(f"{key!r} must be one of {', '.join(among)}, not {value!r}")

    def matching(self, key: str, pattern: re.Pattern[str]) -> str:
        """A text of a certain form."""
        value = self.take(key, str)
        return value if pattern.fullmatch(value) else self.fail(f"{key!r} has a wrong form: {value!r}")

    def number(self, key: str) -> int | float | None:
        """A number, or None where none stands."""
        value = self.left.pop(key, None)
        if value is not None and type(value) not in (int, float):
            self.fail(f"{key!r} must be a number, not {value!r}")
        return value  # type: ignore[no-any-return]

    def node(self, key: str) -> Node:
        """A mapping inside; its own ``done`` must be called."""
        return Node(self.take(key, dict), f"{self.place}.{key}")

    def label(self, key: str) -> Label:
        """A name in both languages."""
        node = self.node(key)
        label = Label(node.take("ja", str), node.take("en", str))
        node.done()
        if not label.ja.strip() or not label.en.strip():
            node.fail("both languages must say something")
        return label

    def rows(self, key: str, read: Callable[[Node], T], name: Callable[[T], object]) -> tuple[T, ...]:
        """The rows of a list, none of them twice under the same name."""
        made: list[T] = []
        for row in self.take(key, list, []):
            names = [row.get(name) for name in ("code", "name", "value", "id")] if isinstance(row, dict) else []
            shown = next(filter(None, names), None)
            node = Node(row, f"{self.place}.{key}[{len(made) if shown is None else shown}]")
            made.append(read(node))
            node.done()
            if any(name(made[-1]) == name(other) for other in made[:-1]):
                node.fail("stands there twice")
        return tuple(made)

    def words(self, key: str, known: Sequence[str] | None = None) -> tuple[str, ...]:
        """A list of texts, all among the known ones."""
        values = self.take(key, list)
        if not values or any(type(v) is not str or (known is not None and v not in known) for v in values):
            self.fail(f"{key!r} must be a list of {'known' if known is not None else ''} names, not {values!r}")
        return tuple(values)

    def done(self) -> None:
        """Every key was taken."""
        if self.left:
            self.fail(f"unknown key {next(iter(self.left))!r}")


def read(path: Path) -> Node:
    """The whole file as one mapping. ValueError when it is none."""
    try:
        return Node(yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader), path.name)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        raise ValueError(f"{path.name}: not yaml: {error}") from error
