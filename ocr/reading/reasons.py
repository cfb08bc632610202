"""Why a person must look at a field, or what bears it out: codes. Their words are ``reading.reason.…`` in the catalogue."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """One fact about one field. Those of ``BORNE_OUT`` support a value; all others are doubts."""

    # What the field itself looks like.
    UNCERTAIN = "uncertain"
    """Its probability is below what its importance asks for."""
    NOTHING_FITS = "nothing-fits"
    """Something stands there that no possible value explains."""
    NO_DIGIT = "no-digit"
    """A box holds something that is no digit: struck out, scribbled, stamped."""
    HEAVY_INK = "heavy-ink"
    """A box holds much more ink than its digit needs, as if written over."""
    AGAINST_A_BOX = "against-a-box"
    """The value fits as a whole, but one of its boxes clearly shows something else."""
    INK_BESIDE = "ink-beside"
    """A box that reads as blank has ink in it."""
    SPOILT_TICK = "spoilt-tick"
    """A tick is scribbled over, struck out or run into from beside."""
    FRAME_ASTRAY = "frame-astray"
    """What is printed around the field does not lie where the form has it."""
    FREE_TEXT = "free-text"
    """Text is always read by a person."""
    DITTO = "ditto"
    """A ditto mark: the value of the row above."""
    NOT_ON_ROSTER = "not-on-roster"
    """A valid member number, but of nobody who may stand on this sheet."""
    NO_SECOND_FACT = "no-second-fact"
    """Nothing else bears the figure out, and a digit written over another looks sure by itself."""
    NAME_ONLY = "name-only"
    """A person is known by name alone."""
    LONG = "long"
    """More than twelve hours lie between start and end."""
    OVERNIGHT = "overnight"
    """The end is before the start, on a form that cannot say that it was the next day."""

    # Where it disagrees with another field.
    TWO_CHOICES = "two-choices"
    BOTH_TICKED = "both-ticked"
    """Took part, and did no work: only one of them can be."""
    MARK_WITHOUT_ATTENDANCE = "mark-without-attendance"
    """A role or an injury is ticked for somebody who is not ticked as there."""
    NO_SUCH_PERSON = "no-such-person"
    """A row has ticks, but neither number nor name can be read."""
    NO_SUCH_ACTIVITY = "no-such-activity"
    """People are ticked for an activity that is not described."""
    SAME_NUMBER = "same-number"
    """The same member number stands in two rows."""
    NAME_DISAGREES = "name-disagrees"
    """The name is clearly that of another member than the number's."""
    SUM_DISAGREES = "sum-disagrees"
    """The number of ticks is not what was written as their sum."""
    END_BEFORE_START = "end-before-start"
    NEXT_DAY_TOO_LONG = "next-day-too-long"
    """Ended the next day, yet after more than a whole day."""
    ODOMETER_BACKWARDS = "odometer-backwards"
    TOO_FAR = "too-far"
    """No vehicle drives that far at one activity."""
    OUTSIDE_MONTH = "outside-month"
    """The day is not one of the sheet's month."""
    IN_FUTURE = "in-future"
    NOT_AS_PRINTED = "not-as-printed"
    """Something else stands there than what was printed on the sheet."""

    # What bears a value out.
    CLEAR = "clear"
    """Every box shows its digit beyond doubt."""
    AS_PRINTED = "as-printed"
    ON_ROSTER = "on-roster"
    CHECK_DIGIT = "check-digit"
    NAME_AGREES = "name-agrees"
    FOLLOWS_NUMBER = "follows-number"
    """Settled together with the row's member number."""
    EVENT_DAY = "event-day"
    IN_MONTH = "in-month"
    LATELY = "lately"
    """A month of which sheets come in now."""
    DAYS_IN_ORDER = "days-in-order"
    TIMES_IN_ORDER = "times-in-order"
    QUARTER_HOUR = "quarter-hour"
    AS_PLANNED = "as-planned"
    SUM_AGREES = "sum-agrees"
    DISTANCE_FITS = "distance-fits"
    ROW_WITHOUT_MARKS = "row-without-marks"
    """Nobody of this row took part."""


BORNE_OUT = frozenset({
    Reason.AS_PRINTED, Reason.CLEAR, Reason.ON_ROSTER, Reason.CHECK_DIGIT, Reason.NAME_AGREES, Reason.FOLLOWS_NUMBER,
    Reason.EVENT_DAY, Reason.IN_MONTH, Reason.LATELY, Reason.DAYS_IN_ORDER, Reason.TIMES_IN_ORDER,
    Reason.QUARTER_HOUR, Reason.AS_PLANNED, Reason.SUM_AGREES, Reason.DISTANCE_FITS, Reason.ROW_WITHOUT_MARKS,
})  # fmt: skip
