"""Why a backup or a move does not happen."""

from __future__ import annotations


def newer(found: str, known: str) -> str:
    """Of a database on which a newer version has run its migrations: ``found`` is the last one of them, ``known`` ours."""
    return (
        f"the database is of a newer version (schema {found}) than this program ({known}): run it with that version, or "
        "restore the backup that was made before it came. Servers and workers of the version right before it work as they "
        "are"
    )


class Unfit(Exception):
    """The archive, or the place it should go to, is not fit for it. The message says why, to an operator."""
