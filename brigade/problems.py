"""What can go wrong in the domain: stable codes with their facts, no HTTP numbers and no sentences.

The sentences live in ``words/ja.json`` and ``words/en.json`` under ``problem.<code>``; the HTTP status in
``api/problems.py``. A code, once published, never changes its meaning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One thing wrong (or worth a warning) at one place of what was sent.

    ``pointer`` is a JSON pointer (RFC 6901) into the body, ``code`` kebab-case, ``params`` fills the sentence.
    """

    pointer: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


class Problem(Exception):
    """A refusal with one stable code; ``params`` fills the sentence, ``extra`` is added to the answer's body.

    ``keep`` True: what was noted before the refusal (a failed sign-in, a revoked device) is stored all the same.
    """

    code = "internal-error"
    keep = False

    def __init__(self, code: str | None = None, *, extra: Mapping[str, Any] | None = None, **params: Any) -> None:
        self.code = code or self.code
        self.params = params
        self.extra = dict(extra or {})
        super().__init__(self.code)


class Invalid(Problem):
    """What was sent is readable but wrong; every place is listed at once."""

    code = "invalid-fields"

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        super().__init__()
        self.problems = tuple(problems)


class HasReports(Invalid):
    """Reports of the event stand against the change; each is listed with what it contradicts."""

    code = "event-has-reports"


class Refused(Problem):
    """The rules forbid it now; ``reasons`` holds every reason's code."""

    code = "refused"

    def __init__(self, *reasons: str) -> None:
        super().__init__()
        self.reasons = reasons


class WrongState(Problem):
    """The report is not in a state from which this action leads anywhere."""

    code = "wrong-state"


class Stale(Problem):
    """The caller saw an older version."""

    code = "stale-version"

    def __init__(self, current_version: int) -> None:
        super().__init__(extra={"current_version": current_version})
        self.current_version = current_version


class NotFound(Problem):
    """Unknown, or not visible to the one who asks: the two are never told apart."""

    code = "not-found"


class Conflict(Problem):
    """The same id with other content, or a fact that someone else has already taken."""

    code = "id-taken"


class Unavailable(Problem):
    """The store cannot take it now (full disk, database gone, too busy); nothing was stored."""

    code = "storage-unavailable"
