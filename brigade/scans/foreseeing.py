"""What a sheet would become if it were confirmed now, and what stands against that. Nothing is stored."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from brigade.activity.report_checks import check
from brigade.actor import Actor
from brigade.problems import FieldProblem, Invalid
from brigade.scans.composing import Composed
from brigade.scans.confirming import put_together
from brigade.scans.tables import ScanPage


def foreseen(session: Session, actor: Actor, pages: Sequence[ScanPage]) -> Composed:
    """The contents by number of the activity, with every problem that confirming would name, at the same places."""
    if pages[0].unit_id is None:
        return Composed(problems=[FieldProblem("/unit_id", "required")])
    made = put_together(session, pages)
    for activity, content in made.contents:
        try:
            check(session, actor, content, report_id=None, submit=True, paper=True)
        except Invalid as invalid:
            made.problems += [
                FieldProblem(f"/reports/{activity}{one.pointer}", one.code, one.params) for one in invalid.problems
            ]
    return made
