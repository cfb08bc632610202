"""What squads owe and say about planned events: a report is expected, nobody came; calendar feeds."""

from __future__ import annotations
