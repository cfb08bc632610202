"""What waits for a leader: by event, those to look at one by one, those to approve at once; and taking it back."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from api.console import session as browser
from api.console.pages import Console, Visit, go
from api.console.unit_names import levels_told
from api.paging import page
from api.present import Names
from api.problems import language
from brigade.activity import actions, many
from brigade.activity import inbox as waiting_room
from brigade.activity.activities import ActivityReport, Event
from brigade.activity.flags import EVENTS, Flags, asks_to_look, flags, last_doubts
from brigade.activity.history import ReportEvent
from brigade.activity.kinds import kind_label
from brigade.activity.workflow import Action
from brigade.month.editions import months_to_close
from brigade.month.forecast import Expected, forecast
from brigade.organisation.ranks import LEVELS, Level
from brigade.organisation.units import in_line
from brigade.problems import FieldProblem, NotFound, Problem, Refused

screens = Console("inbox")
MOST = 300
"""Reports on one page; the rest follow when these are done."""

RETURNED_AT_ONCE = 50
"""Of those with their authors, which are only looked at."""

MOST_FAILED = 20
TABS = ("look", "clean", "returned")
WITHIN = LEVELS[LEVELS.index(Level.COMPANY) + 1 :]


@dataclass(slots=True)
class Row:
    """One report in the list, with the names on it and its flags."""

    report: ActivityReport
    names: Names
    lang: str
    flags: Flags = field(default_factory=list)
    levels: Sequence[Level] = ()

    def asks(self, flag: FieldProblem) -> bool:
        """Whether the flag asks to be looked at."""
        return asks_to_look(self.report, flag)

    @property
    def is_clean(self) -> bool:
        """Whether nothing asks to be looked at."""
        return not any(map(self.asks, self.flags))

    @property
    def author(self) -> str:
        """Name of who wrote it."""
        return (self.names.member(self.report.author_id) or {}).get("name", "")

    @property
    def kind(self) -> str:
        """The kind's label."""
        return kind_label(self.report.kind, self.lang)

    @property
    def who(self) -> list[str]:
        """Names of the people in it."""
        return [(self.names.member(part.member_id) or {}).get("name", "") for part in self.report.participations]

    @property
    def unit(self) -> str:
        """Name of its unit, with those over it that are told."""
        return self._line([*_at(self.report, self.levels), self.report.unit_id])

    @property
    def company(self) -> str:
        """Name of its company, with those over it that are told."""
        over = [level for level in self.levels if level not in WITHIN]
        return self._line([*_at(self.report, over), _place(self.report, Level.COMPANY)])

    @property
    def unit_within(self) -> str:
        """Name of its unit where ``company`` stands above."""
        within = [level for level in self.levels if level in WITHIN]
        return self._line([*_at(self.report, within), self.report.unit_id])

    def _line(self, ids: Iterable[uuid.UUID]) -> str:
        return in_line([(self.names.unit(id_) or {}).get("name", "") for id_ in dict.fromkeys(ids)])

    @property
    def minutes(self) -> int:
        """Of people."""
        spans = [
            (part.started_at or self.report.started_at, part.ended_at or self.report.ended_at)
            for part in self.report.participations
        ]
        return sum(int((end - start).total_seconds()) // 60 for start, end in spans)


@dataclass(slots=True)
class Group:
    """Reports of one event, or of one unit, or of no event."""

    key: str
    title: str
    at: dt.datetime | None
    rows: list[Row]


def rows_of(visit: Visit, reports: Sequence[ActivityReport], lang: str, found: dict[uuid.UUID, Flags]) -> list[Row]:
    """The reports with what is shown of them; their people must be loaded."""
    members = {part.member_id for one in reports for part in one.participations} | {one.author_id for one in reports}
    levels = levels_told(visit.actor)
    places = {id_ for one in reports for id_ in (one.unit_id, _place(one, Level.COMPANY), *_at(one, levels))}
    names = Names(visit.session, members, places)
    return [Row(one, names, lang, found.get(one.id, []), levels) for one in reports]


def _at(report: ActivityReport, levels: Sequence[Level]) -> list[uuid.UUID]:
    """The report's units at these levels, where there are some."""
    return [id_ for level in levels if (id_ := getattr(report, f"{level}_id")) is not None]


def _place(report: ActivityReport, level: Level) -> uuid.UUID:
    """The report's unit at a level, or the next above it that there is."""
    above = LEVELS[: LEVELS.index(level) + 1]
    found: uuid.UUID = next(id_ for at in reversed(above) if (id_ := getattr(report, f"{at}_id")) is not None)
    return found


def waiting_rows(visit: Visit, lang: str) -> list[Row]:
    """What waits for this person, the longest waiting first, with its flags."""
    asked = (
        select(ActivityReport)
        .where(waiting_room.waiting(visit.actor))
        .options(*actions.WITH_CONTENT)
        .order_by(ActivityReport.awaiting_since, ActivityReport.id)
        .limit(MOST)
    )
    reports = visit.session.scalars(asked).all()
    return rows_of(visit, reports, lang, flags(visit.session, reports))


def grouped(session: Session, rows: Iterable[Row], by: str) -> list[Group]:
    """The rows by event or by company, in the order of the oldest in each."""
    groups: dict[str, Group] = {}
    listed = list(rows)
    ids = {row.report.event_id for row in listed if row.report.event_id}
    events: dict[uuid.UUID, Event] = {}
    if by == "event" and ids:
        found = session.scalars(select(Event).where(Event.id.in_(ids)), execution_options=EVENTS)
        events = {event.id: event for event in found}
    for row in listed:
        event = events.get(row.report.event_id) if row.report.event_id else None
        if by == "unit":
            place = _place(row.report, Level.COMPANY)
            key, title, at = str(place), row.company, None
        elif event is not None:
            key, title, at = str(event.id), event.title, event.started_at
        else:
            key, title, at = "none", "", None
        groups.setdefault(key, Group(key, title, at, [])).rows.append(row)
    return list(groups.values())


def _by(visit: Visit) -> str:
    """By event for leaders; an officer of a station receives company by company."""
    usual = "unit" if any(desk.level == Level.STATION for desk in visit.actor.desks) else "event"
    asked = visit.args.get("by", usual)
    return asked if asked in ("event", "unit") else usual


@screens.page("/inbox")
def inbox(visit: Visit) -> BaseResponse:
    """Three tabs: to look at, to approve as they are, with their authors."""
    lang = language()
    rows = waiting_rows(visit, lang)
    look, clean = [row for row in rows if not row.is_clean], [row for row in rows if row.is_clean]
    returned = _returned_count(visit)
    tab = visit.args.get("tab", "")
    if tab not in TABS:
        tab = "clean" if clean or not look else "look"
    shown, further = _returned(visit, lang) if tab == "returned" else (look if tab == "look" else clean, None)
    by = _by(visit)
    return visit.page(
        "inbox.html",
        tab=tab, tabs=[("look", len(look)), ("clean", len(clean)), ("returned", returned)], by=by,
        groups=grouped(visit.session, shown, by), count=len(shown), months=_progress(visit, rows),
        undoable=_undoable_count(visit), more=len(rows) == MOST, further=further,
    )  # fmt: skip


def _progress(visit: Visit, rows: Sequence[Row]) -> list[waiting_room.DeskMonth]:
    """Of the months of what waits; where nothing does, of those that are to be closed."""
    desk = min(visit.actor.desks, key=lambda one: one.waiting_before is not None, default=None)
    if desk is None:
        return []
    waiting = {row.report.month for row in rows}
    months = waiting or months_to_close(visit.session, desk.unit_id, visit.actor.now)
    found = waiting_room.desk_months(visit.session, desk, months)
    return [one for one in found if one.reports] or found[-1:]


def _returned_count(visit: Visit) -> int:
    return (
        visit.session.scalar(select(func.count(ActivityReport.id)).where(waiting_room.with_authors(visit.actor))) or 0
    )


def _returned(visit: Visit, lang: str) -> tuple[list[Row], str | None]:
    """A page of what is with its authors, the longest first, and where the next one begins."""
    asked = select(ActivityReport).where(waiting_room.with_authors(visit.actor)).options(*actions.WITH_CONTENT)
    keys = ActivityReport.updated_at, ActivityReport.id
    found = page(visit.session, asked, keys, visit.asked(RETURNED_AT_ONCE), lambda report: report)
    return rows_of(visit, found["items"], lang, {}), found["next_cursor"]


# --- Many at once -----------------------------------------------------------------------------------------------------


def _chosen(visit: Visit, lang: str) -> list[Row]:
    """The clean ones of the group asked for, or of all groups."""
    clean = [row for row in waiting_rows(visit, lang) if row.is_clean]
    group = visit.args.get("group", "")
    if not group:
        return clean
    found = next((one for one in grouped(visit.session, clean, _by(visit)) if one.key == group), None)
    return found.rows if found else []


@screens.page("/inbox/approve", step_up="bulk-approval")
def preview(visit: Visit) -> BaseResponse:
    """What would be approved: names, hours and yen. Nothing has been done yet. Their vehicles, and who approved them so far,
    are looked at here, not for the list: what is doubtful about one is left to be opened.
    """
    lang = language()
    chosen = _chosen(visit, lang)
    doubted = last_doubts(visit.session, [row.report for row in chosen])
    for row in chosen:
        row.flags = [*row.flags, *doubted.get(row.report.id, ())]
    rows, aside = [row for row in chosen if row.is_clean], [row for row in chosen if not row.is_clean]
    amounts = forecast(visit.session, visit.actor, [row.report for row in rows])
    return visit.page(
        "approve.html",
        rows=rows, aside=aside, amounts=amounts, total=_sum(amounts.values()), minutes=sum(row.minutes for row in rows),
        people=len({part.member_id for row in rows for part in row.report.participations}),
        confirms=any(desk.level == Level.STATION for desk in visit.actor.desks), by=_by(visit),
    )  # fmt: skip


def _sum(amounts: Iterable[Expected]) -> Expected:
    whole = Expected()
    for one in amounts:
        whole.yen += one.yen
        whole.unknown += one.unknown
    return whole


@screens.act("/inbox/approve", step_up="bulk-approval")
def approve(visit: Visit) -> BaseResponse:
    """Each report as it was seen, each for itself; what failed is listed on the next page."""
    items = list(_items(visit.form.getlist("item")))[: many.MAX_BULK]
    results = many.act_on_many(visit.session, visit.actor, items, Action.APPROVE)
    failed = [f"{id_}.{_code(problem)}" for id_, row, problem in results if row is None]
    return go("console_inbox.done", at=visit.actor.now.isoformat(), failed=failed[:MOST_FAILED] or None)


def _items(values: Iterable[str]) -> Iterable[tuple[uuid.UUID, int]]:
    for value in values:
        id_, _, version = value.partition(":")
        try:
            yield uuid.UUID(id_), int(version[:9])
        except ValueError:
            raise NotFound() from None


def _code(problem: Problem | None) -> str:
    if isinstance(problem, Refused):
        return problem.reasons[0]
    return problem.code if problem else "not-found"


@screens.page("/inbox/done")
def done(visit: Visit) -> BaseResponse:
    """What was approved at that moment, or all that can still be taken back; and what failed."""
    lang = language()
    at = _instant(visit.args.get("at", ""))
    reports = visit.session.scalars(
        select(ActivityReport)
        .where(waiting_room.just_approved(visit.actor))
        .options(*actions.WITH_CONTENT)
        .order_by(ActivityReport.updated_at.desc(), ActivityReport.id)
        .limit(MOST)
    ).all()
    if at is not None:
        ids = set(
            visit.session.scalars(
                select(ReportEvent.report_id).where(
                    ReportEvent.actor_id == visit.actor.member_id, ReportEvent.at == at,
                    ReportEvent.action == Action.APPROVE.value,
                )
            )
        )  # fmt: skip
        reports = [one for one in reports if one.id in ids]
    return visit.page(
        "done.html", rows=rows_of(visit, reports, lang, {}), at=at, failed=_failed(visit, lang),
        left=waiting_room.summary(visit.session, visit.actor).waiting,
    )  # fmt: skip


def _failed(visit: Visit, lang: str) -> list[tuple[Row | None, str]]:
    """Reports that were not approved, with the code of the reason."""
    told = dict(value.partition(".")[::2] for value in visit.args.getlist("failed")[:MOST_FAILED])
    ids = [uuid.UUID(key) for key in told if _is_id(key)]
    reports = visit.session.scalars(
        select(ActivityReport).where(ActivityReport.id.in_(ids)).options(*actions.WITH_CONTENT)
    ).all()
    rows = {str(row.report.id): row for row in rows_of(visit, reports, lang, {})}
    return [(rows.get(key), code) for key, code in told.items()]


def _is_id(value: str) -> bool:
    try:
        uuid.UUID(value)
    except ValueError:
        return False
    return True


def _instant(value: str) -> dt.datetime | None:
    try:
        at = dt.datetime.fromisoformat(value)
    except ValueError:
        return None
    return at if at.tzinfo else None


@screens.act("/inbox/undo")
def undo(visit: Visit) -> BaseResponse:
    """Take one's own approvals back, as long as nobody has acted after them."""
    results = [
        row for _, row, _ in many.act_on_many(
            visit.session, visit.actor, list(_items(visit.form.getlist("item")))[: many.MAX_BULK], Action.UNDO
        ) if row is not None
    ]  # fmt: skip
    browser.say("console.said.undone", count=len(results))
    return go("console_inbox.inbox")


def _undoable_count(visit: Visit) -> int:
    lately = select(func.count(ActivityReport.id)).where(waiting_room.just_approved(visit.actor))
    return visit.session.scalar(lately) or 0
