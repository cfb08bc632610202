"""The log of what changed, in an order that no reader can miss anything in; what devices catch up with."""

from __future__ import annotations
