"""What must have been proven on a device, beside being signed in: a second factor, and freshly that it is still oneself."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from brigade.access.device_sessions import DeviceSession
from brigade.actor import Actor
from brigade.organisation.unit_settings import settings_of_units

FRESH = dt.timedelta(minutes=15)
OWN_FACTORS = "own-factors"
"""Changing one's own factors asks for a fresh proof everywhere; what else does, each unit sets (``step_up``)."""


def missing_proofs(
    session: Session, actor: Actor, device: DeviceSession, *, step_up: str, any_factor: bool
) -> list[str]:
    """Codes of what must be proven first; empty: go on. No query, save for a fresh proof that may be missing."""
    fresh = device.proven_at is not None and actor.now < device.proven_at + FRESH
    missing = []
    if actor.needs_factor and not any_factor and not device.has_second_factor:
        missing.append("second-factor-required")
    if step_up and not fresh and _is_guarded(session, actor, step_up):
        missing.append("step-up-required")
    return missing


def _is_guarded(session: Session, actor: Actor, step_up: str) -> bool:
    """Whether one's unit, or the unit of a post, asks for a fresh proof before this."""
    if step_up == OWN_FACTORS or any(step_up in held.settings.step_up for held in actor.posts):
        return True
    own = settings_of_units(session, actor.home, actor.today)
    return any(step_up in settings.step_up for settings in own.values())
