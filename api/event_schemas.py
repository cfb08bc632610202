"""The shapes of events, series, answers and what squads owe, as they are sent and answered."""

from __future__ import annotations

from marshmallow import fields

from api.body import Day, Instant, Number, Since, Strict, Text, Truth, Until, at_most, between, one_of
from api.paging import PageQuery
from api.schemas import PersonRef, UnitRef
from brigade.activity.activities import EventState
from brigade.activity.kinds import catalogue
from brigade.calendar.event_series import LAST, MOST, WEEKDAYS
from brigade.calendar.expected import Answer

STATES = [state.value for state in EventState]
ANSWERS = [answer.value for answer in Answer]


class SeriesOn(Strict):
    """A ``weekday`` (every week, or with ``nth`` of the month), or a ``day`` of the month; -1 is the last."""

    weekday = fields.String(validate=one_of(WEEKDAYS))
    nth = Number(validate=one_of([1, 2, 3, 4, 5, LAST]))
    day = Number(validate=one_of([*range(1, 32), LAST]))


class SeriesIn(Strict):
    """How an event repeats: until a day, or so many times. Without ``on``, as the first one lies."""

    every = fields.String(required=True, validate=one_of(["week", "month"]))
    interval = Number(load_default=1, validate=between(1, 12))
    on = fields.Nested(SeriesOn, load_default=dict)
    until = Day(load_default=None, allow_none=True)
    count = Number(load_default=None, allow_none=True, validate=between(1, MOST))


class EventIn(Strict):
    """A new event; ``unit_ids`` are called to it (the organising unit itself when left out). With ``series`` many."""

    class Meta(Strict.Meta):
        example = {
            "id": "01932c5e-8d3b-7c1a-9f00-3b1f6f2a9e02",
            "kind": "T-01",
            "unit_id": "01932c5e-0000-7000-8000-000000000003",
            "title": "秋の合同訓練",
            "planned": True,
            "started_at": "2026-11-15T09:00:00+09:00",
            "ended_at": "2026-11-15T12:00:00+09:00",
            "place": "市民運動場",
            "details": {"drill_type": "joint"},
            "order_by": "yearly_plan",
            "note": "雨天中止。水筒を持参してください。",
        }

    id = fields.UUID(load_default=None)
    kind = Text(max=8, required=True)
    unit_id = fields.UUID(required=True)
    unit_ids = fields.List(fields.UUID(), load_default=list, validate=at_most(500))
    title = Text(max=100, min=1, required=True)
    planned = Truth(load_default=True)
    started_at = Instant(required=True)
    ended_at = Instant(required=True)
    place = Text(max=100, load_default="")
    details = fields.Dict(keys=fields.String(), load_default=dict)
    order_by = fields.String(load_default=None, allow_none=True, validate=one_of(catalogue().order_by_values()))
    note = Text(max=1000, lines=True, load_default="")
    series = fields.Nested(SeriesIn, load_default=None, allow_none=True)


class EventPatch(EventIn):
    """Only what changes."""

    class Meta(Strict.Meta):
        exclude = ("id", "unit_id", "planned", "series")
        example = {"place": "第二分団器具置場"}


class ScopeQuery(Strict):
    """``following`` takes the later events of the series too."""

    scope = fields.String(load_default="this", validate=one_of(["this", "following"]))


class CancelIn(Strict):
    """Why it is not held; everyone who was called is told."""

    class Meta(Strict.Meta):
        example = {"reason": "台風のため"}

    reason = Text(max=300, min=1, lines=True, required=True)


class CancelledOut(Strict):
    """Who cancelled it, when and why."""

    by = fields.Nested(PersonRef, required=True, allow_none=True)
    at = fields.String(required=True)
    reason = fields.String(required=True)


class EventOut(Strict):
    """An event. ``details`` and ``order_by`` are what a report of it may start from."""

    id = fields.UUID(required=True)
    version = fields.Integer(required=True)
    kind = fields.String(required=True)
    unit_id = fields.UUID(required=True)
    unit_ids = fields.List(fields.UUID(), required=True)
    title = fields.String(required=True)
    planned = fields.Boolean(required=True)
    started_at = fields.String(required=True)
    ended_at = fields.String(required=True)
    place = fields.String(required=True)
    details = fields.Dict(required=True)
    order_by = fields.String(required=True, allow_none=True)
    note = fields.String(required=True)
    state = fields.String(required=True, validate=one_of(STATES))
    cancelled = fields.Nested(CancelledOut, required=True, allow_none=True)
    series_id = fields.UUID(required=True, allow_none=True)


class SeriesDate(Strict):
    """One event of a series."""

    id = fields.UUID(required=True)
    started_at = fields.String(required=True)


class SeriesMade(Strict):
    """The events of a new series, the first one first, and the months (``2027-02``) that have no such day."""

    events = fields.List(fields.Nested(SeriesDate), required=True)
    skipped = fields.List(fields.String(), required=True)


class EventMade(EventOut):
    """The new event; ``series`` when it repeats."""

    series = fields.Nested(SeriesMade)


class EventQuery(PageQuery):
    """Events that overlap the time from ``from`` to ``to`` (instants, or days that are both part of it), called to
    ``unit_id`` or a unit below it.

    ``expected=me``: planned ones to which one's own unit is called and of which one has not reported.
    """

    from_ = Since(data_key="from", load_default=None)
    to = Until(load_default=None)
    unit_id = fields.UUID(load_default=None)
    series_id = fields.UUID(load_default=None)
    state = fields.String(load_default=None, validate=one_of(STATES))
    expected = fields.String(load_default=None, validate=one_of(["me"]))


class TookPartIn(Strict):
    """One took part as planned; what is left out is the event's."""

    class Meta(Strict.Meta):
        example = {"id": "01932c5e-8d3b-7c1a-9f00-3b1f6f2a9e05"}

    id = fields.UUID(load_default=None)
    started_at = Instant(load_default=None, allow_none=True)
    ended_at = Instant(load_default=None, allow_none=True)
    role = fields.String(load_default="member", validate=one_of(catalogue().role_values()))


class NobodyCameIn(Strict):
    """Nobody of this squad came."""

    class Meta(Strict.Meta):
        example = {"unit_id": "01932c5e-0000-7000-8000-000000000001", "comment": "地区の祭りと重なったため"}

    unit_id = fields.UUID(required=True)
    comment = Text(max=300, lines=True, load_default="")


class StatementOut(Strict):
    """That nobody came: who said it and when, and who took it back, when and why (undone, reported, moved)."""

    by = fields.Nested(PersonRef, required=True, allow_none=True)
    at = fields.String(required=True)
    comment = fields.String(required=True)
    withdrawn_by = fields.Nested(PersonRef, required=True, allow_none=True)
    withdrawn_at = fields.String(required=True, allow_none=True)
    withdrawn_because = fields.String(required=True, allow_none=True)


class SquadAnswer(Strict):
    """What one squad has said. ``reports`` counts its reports by state."""

    unit = fields.Nested(UnitRef, required=True)
    state = fields.String(required=True, validate=one_of(ANSWERS))
    reports = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class SquadAnswers(SquadAnswer):
    """The same with every statement that was made, the oldest first."""

    statements = fields.List(fields.Nested(StatementOut), required=True)


class NamedReport(Strict):
    """A report of the event that one may read."""

    id = fields.UUID(required=True)
    number = fields.String(required=True, allow_none=True)
    unit_id = fields.UUID(required=True)
    state = fields.String(required=True)


class AnswersOut(Strict):
    """What each squad has said of an event, as far as one may look, and the reports that one may read."""

    event_id = fields.UUID(required=True)
    items = fields.List(fields.Nested(SquadAnswers), required=True)
    reports = fields.List(fields.Nested(NamedReport), required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class ExpectedQuery(PageQuery):
    """Events that start in the time from ``from`` to ``to``, instants or days; squads at or below ``unit_id``; answers of one kind."""

    from_ = Since(data_key="from", required=True)
    to = Until(required=True)
    unit_id = fields.UUID(load_default=None)
    state = fields.String(load_default=None, validate=one_of(ANSWERS))


class ExpectedOut(SquadAnswer):
    """One squad and one event to which it was called."""

    event_id = fields.UUID(required=True)
    title = fields.String(required=True)
    kind = fields.String(required=True)
    started_at = fields.String(required=True)
    ended_at = fields.String(required=True)


class ExpectedPage(Strict):
    """A page of what is owed, and how many squads stand at each state."""

    items = fields.List(fields.Nested(ExpectedOut), required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    next_cursor = fields.String(allow_none=True, required=True)
    count = Number()


class FeedOut(Strict):
    """Whether one has a calendar address, since when, and the day of the last fetch."""

    exists = fields.Boolean(required=True)
    created_at = fields.String(required=True, allow_none=True)
    last_used_on = fields.String(required=True, allow_none=True)


class FeedMade(FeedOut):
    """The address; it is told this once. The one of before is dead."""

    url = fields.String(required=True)
