"""What must have been proven on a device, beside being signed in: a second factor, and freshly that it is still oneself."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from brigade.actor import Actor
from brigade.device_sessions import DeviceSession
from brigade.unit_settings import settings_of_units

FRESH = dt.timedelta(minutes=15)
OWN_FACTORS = "own-factors"
"""Changing one's own factors asks for a fresh proof everywhere; what else does, each unit sets (``step_up``)."""


def missing_proofs(
    session: Session, actor: Actor, device: DeviceSession, *, step_up: str, any_factor: bool
) -> list[str]:
    """Codes of what must be proven first; empty: go on. One query, and none where nothing could be missing."""
    fresh = device.proven_at is not None and actor.now < device.proven_at + FRESH
    may_lack_factor = not any_factor and not device.has_second_factor and bool(actor.posts)
    may_lack_step_up = bool(step_up) and not fresh
    if may_lack_step_up and step_up == OWN_FACTORS:
        return ["step-up-required"]
    if not may_lack_factor and not may_lack_step_up:
        return []
    units = {*actor.home, *(held.unit_id for held in actor.posts)}
    settings = settings_of_units(session, units, actor.today)
    missing = []
    if may_lack_factor and any(held.post in settings[held.unit_id].second_factor_posts for held in actor.posts):
        missing.append("second-factor-required")
    if may_lack_step_up and any(step_up in one.step_up for one in settings.values()):
        missing.append("step-up-required")
    return missing
