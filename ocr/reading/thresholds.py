"""How sure a field must be before no person needs to look, and what else must bear it out. One table, with reasons."""

from __future__ import annotations

from brigade.forms.template import Field
from ocr.reading.readings import Value
from ocr.reading.reasons import Reason

LEAST_FRAME = 0.35
"""Below it the frame is not where the form has it: in the measurements nothing above it lay on a wrong place."""

READABLE = 0.5
"""A value less likely than its contrary is not offered as one."""

STRICT, ORDINARY, TICKED = 0.985, 0.98, 0.92
"""The last is for marks: an empty box has no ink at all, which is a second fact for each. Of 391 marks between 0.5 and
0.98 on pages of the calibrating hands none was an empty box; what they may be is spoilt, which is looked at by itself."""

IMPORTANCE = {
    "participants.member_id": STRICT,  # who is paid
    "participants.acted": STRICT,  # whether and how much
    "participants.role": STRICT,  # a pump operator's addition
    "participants.injured": STRICT,  # opens a case of compensation
    "kind": STRICT,  # which rate
    "started_at.day": STRICT,  # which month is closed with it
    "ended_at.day": STRICT,
    "month": STRICT,
    "started_at.time": ORDINARY,  # rates go by started hours; the order of two times and the quarter hour are asked too
    "ended_at.time": ORDINARY,
    "headcount": ORDINARY,  # stored nowhere: it bears out the ticks
}
"""By what a field leads to; anything else is ``ORDINARY``."""

NEEDS: dict[str, tuple[frozenset[Reason], ...]] = {
    # a wrong digit never leaves the check digit right and never makes another number of the roster
    "member_number": (frozenset({Reason.ON_ROSTER}), frozenset({Reason.CHECK_DIGIT}), frozenset({Reason.AS_PRINTED})),
    # year and month have the sheet's month or the last two months to agree with
    "era_date": (
        frozenset({Reason.AS_PRINTED}),
        frozenset({Reason.EVENT_DAY}),
        frozenset({Reason.IN_MONTH}),
        frozenset({Reason.LATELY}),
    ),
    "month_day": (frozenset({Reason.EVENT_DAY}), frozenset({Reason.IN_MONTH})),
    # a day by itself has nothing but its neighbours
    "day": (frozenset({Reason.AS_PRINTED}), frozenset({Reason.EVENT_DAY}), frozenset({Reason.DAYS_IN_ORDER})),
    "era_month": (frozenset({Reason.AS_PRINTED}), frozenset({Reason.IN_MONTH}), frozenset({Reason.LATELY})),
    # the order looks after the hours, the quarter after the minutes, or each of their boxes is clear
    "hour_minute": (
        frozenset({Reason.AS_PRINTED}),
        frozenset({Reason.AS_PLANNED}),
        frozenset({Reason.TIMES_IN_ORDER, Reason.QUARTER_HOUR}),
        frozenset({Reason.TIMES_IN_ORDER, Reason.CLEAR}),
    ),
    # decides over nobody's pay: five boxes that are each beyond doubt are enough
    "odometer": (frozenset({Reason.DISTANCE_FITS}), frozenset({Reason.AS_PRINTED}), frozenset({Reason.CLEAR})),
    # it leads nowhere but to the comparison with the ticks: what contradicts them is a conflict already
    "count": (frozenset({Reason.SUM_AGREES}), frozenset({Reason.CLEAR})),
    "amount": (frozenset({Reason.AS_PRINTED}),),
}
"""For each kind of written digits the sets of facts of which one must be there in full. Ticks need none
of these: a mark has ink, an empty box has none, and a spoilt one is seen as such."""


CLEAR_COUNTS = frozenset(kind for kind, needs in NEEDS.items() if any(Reason.CLEAR in need for need in needs))
"""The kinds of which it says something that each box is beyond doubt."""

SPEAKS = {
    Reason.SUM_AGREES: 20.0,
    Reason.DISTANCE_FITS: 20.0,
    Reason.DAYS_IN_ORDER: 3.0,
    Reason.TIMES_IN_ORDER: 2.0,
}
"""How many times rarer such a fact is beside a wrong value than beside the right one. What is not named is in the prior of
the value already: roster, calendar, month, event, quarter hours, print."""


def least_confidence(field: Field, value: Value) -> float:
    """From which probability on that value of the field may be accepted."""
    marked = (field.type == "tick" and value is True) or (field.type == "choice" and value is not None)
    return TICKED if marked else IMPORTANCE.get(field.maps_to, ORDINARY)


def is_borne_out(field: Field, facts: set[Reason]) -> bool:
    """Whether enough other facts agree with the field."""
    needs = NEEDS.get(field.kind)
    return needs is None or any(need <= facts for need in needs)
