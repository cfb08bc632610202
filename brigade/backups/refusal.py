"""Why a backup or a move does not happen."""

from __future__ import annotations


class Unfit(Exception):
    """The archive, or the place it should go to, is not fit for it. The message says why, to an operator."""
