"""Pages by key: the cursor names the last row seen, so no row is skipped or doubled while others are added."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from marshmallow import Schema, fields
from sqlalchemy import ColumnElement, Select, and_, func, or_, select, union
from sqlalchemy.orm import Session

from api.body import Number, Strict, Text, between
from brigade.problems import FieldProblem, Invalid

LIMIT = 50
LONGEST = 1_200
"""Characters of a cursor: those of the longest key (the order of a name of 100 letters), and an id."""

BY_WAYS = {"as_system": "each way is a part of the rule; what it finds is then read under the rule"}


class PageQuery(Strict):
    """``limit`` rows after ``cursor``; ``count=true`` adds the number of all."""

    limit = fields.Integer(load_default=LIMIT, validate=between(1, 100))
    cursor = Text(max=LONGEST, load_default=None)
    count = fields.Boolean(load_default=False)


def _loaded(session: Session, query: Select[Any]) -> Sequence[Any]:
    return session.scalars(query).unique().all()


def page(
    session: Session,
    query: Select[Any],
    keys: Sequence[Any],
    asked: dict[str, Any],
    show: Callable[[Any], Any],
    *,
    descending: bool = False,
    ways: Sequence[Select[Any]] = (),
    read: Callable[[Session, Select[Any]], Sequence[Any]] = _loaded,
) -> dict[str, Any]:
    """One page of ``query`` in the order of ``keys`` (columns, the last one unique) as ``{items, next_cursor}``.

    ``ways``: queries of the keys that together find the same rows, each along an index in this order. Then each is asked
    for as many as a page holds, and the page is the first of these: no way is read to its end. ``read`` gives the rows of
    a query, with the attributes of ``keys``.
    """
    after = decoded(asked["cursor"], keys) if asked["cursor"] else []
    first = _first(query, keys, after, asked["limit"] + 1, descending)
    if ways:
        each = [_first(way, _keys_of(way, keys), after, asked["limit"] + 1, descending).subquery() for way in ways]
        found = session.scalars(union(*(select(one.c[keys[-1].key]) for one in each)), execution_options=BY_WAYS)
        first = first.where(keys[-1].in_(found.all()))
    body = _enveloped(keys, asked, read(session, first))
    body["items"] = [show(row) for row in body["items"]]
    if asked["count"]:
        counted = query.order_by(None).with_only_columns(keys[-1])
        body["count"] = session.scalar(select(func.count()).select_from(counted.subquery()))
    return body


def page_by(
    keys: Sequence[Any], asked: dict[str, Any], following: Callable[[Sequence[Any], int], Sequence[Any]]
) -> dict[str, Any]:
    """The same of rows that ``following(values of keys, limit)`` gives in this order, without a count."""
    rows = following(decoded(asked["cursor"], keys) if asked["cursor"] else [], asked["limit"] + 1)
    return _enveloped(keys, asked, rows)


def _enveloped(keys: Sequence[Any], asked: dict[str, Any], rows: Sequence[Any]) -> dict[str, Any]:
    """As many rows as were asked for, and the cursor where there was one more."""
    shown = list(rows[: asked["limit"]])
    more = len(rows) > len(shown)
    return {"items": shown, "next_cursor": encoded([getattr(shown[-1], key.key) for key in keys]) if more else None}


def _first(query: Select[Any], keys: Sequence[Any], after: Sequence[Any], limit: int, descending: bool) -> Select[Any]:
    ordered = query.order_by(*[key.desc() if descending else key.asc() for key in keys])
    return (ordered.where(_after(keys, after, descending)) if after else ordered).limit(limit)


def _keys_of(way: Select[Any], keys: Sequence[Any]) -> list[Any]:
    return [way.selected_columns[key.key] for key in keys]


def page_at_hand(
    rows: Sequence[Any], place: Callable[[Any], Sequence[Any]], asked: dict[str, Any], show: Callable[[Any], Any]
) -> dict[str, Any]:
    """The same of rows that were worked out, sorted by ``place``: instants, ids and texts, all different."""
    after = _strings(asked["cursor"]) if asked["cursor"] else []
    left = [row for row in rows if _plain(place(row)) > after]
    shown = left[: asked["limit"]]
    body: dict[str, Any] = {"items": [show(row) for row in shown], "next_cursor": None}
    if len(left) > len(shown):
        body["next_cursor"] = encoded(place(shown[-1]))
    if asked["count"]:
        body["count"] = len(rows)
    return body


def _after(keys: Sequence[Any], values: Sequence[Any], descending: bool) -> ColumnElement[bool]:
    steps = []
    for place, key in enumerate(keys):
        equal = [before == value for before, value in zip(keys[:place], values[:place], strict=True)]
        steps.append(and_(*equal, key < values[place] if descending else key > values[place]))
    return or_(*steps)


def _plain(values: Sequence[Any]) -> list[str]:
    return [value.isoformat() if isinstance(value, dt.datetime) else str(value) for value in values]


def encoded(values: Sequence[Any]) -> str:
    """The cursor that names a row by its values of the keys."""
    return base64.urlsafe_b64encode(json.dumps(_plain(values), ensure_ascii=False).encode()).decode().rstrip("=")


def _strings(cursor: str) -> list[str]:
    try:
        plain = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(plain, list) or not all(isinstance(value, str) for value in plain):
            raise ValueError(cursor)
        return plain
    except (ValueError, TypeError, binascii.Error):
        raise Invalid([FieldProblem("/cursor", "bad-cursor")]) from None


def decoded(cursor: str, keys: Sequence[Any]) -> list[Any]:
    """The values of the keys that a cursor names. Invalid for anything else."""
    plain = _strings(cursor)
    try:
        return [_typed(key, value) for key, value in zip(keys, plain, strict=True)]
    except ValueError:
        raise Invalid([FieldProblem("/cursor", "bad-cursor")]) from None


def _typed(key: Any, value: Any) -> Any:
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError(value)
    value.encode()  # half a character is no text
    python = key.type.python_type
    if python is dt.datetime:
        found = dt.datetime.fromisoformat(value)
        if found.tzinfo is None or not 1900 <= found.year <= 2199:
            raise ValueError(value)
        return found
    if python is dt.date:
        return dt.date.fromisoformat(value)
    if python is uuid.UUID:
        return uuid.UUID(value)
    return int(value) if python is int else value


def page_schema(item: Schema) -> Schema:
    """The envelope of a list of ``item``."""
    name = f"{type(item).__name__}Page"
    made: type[Schema] = type(
        name,
        (Strict,),
        {
            "items": fields.List(fields.Nested(item), required=True),
            "next_cursor": fields.String(allow_none=True, required=True),
            "count": Number(),
        },
    )
    return made()
