"""Codes by which a member joins, or comes back in who forgot the password; printed, used once."""

from __future__ import annotations
