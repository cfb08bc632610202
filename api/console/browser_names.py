"""What to call a browser that names itself in its own long way: ``Chrome・Windows``. Pure."""

from __future__ import annotations

PROGRAMS = (("Edg", "Edge"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("Chrome", "Chrome"), ("CriOS", "Chrome"),
            ("Safari", "Safari"))  # fmt: skip
"""How it says it → its name; those that also claim to be a later one come first."""

SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "Mac"),
           ("Linux", "Linux"))  # fmt: skip


def browser_name(said: str) -> str:
    """Program and system; what was said where it is a name that somebody chose."""
    if not said.startswith("Mozilla/"):
        return said
    found = [next((name for mark, name in known if mark in said), "") for known in (PROGRAMS, SYSTEMS)]
    return "・".join(name for name in found if name)
