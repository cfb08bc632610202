"""What an operator is told where the database or a disk stops a command: the cause, then the remedy, never a traceback.

It holds for every command of ours and of Flask-Migrate, so that a new one cannot forget it. A mistake in the program
(a rule that a row breaks, say) is not an operator's and still shows where it happened.
"""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Callable
from functools import wraps
from typing import Any

import click
from flask.cli import ScriptInfo
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from api.orderly_end import Ended, orderly_end
from brigade.backups.refusal import is_no_database, no_database
from brigade.files.storage import s3_code
from brigade.problems import Unavailable

LACKING = ("no such table", "no such column")
"""SQLite's words for tables of another version; PostgreSQL has names of errors."""

LACKING_STATES = ("42P01", "42703")
"""undefined_table and undefined_column: https://www.postgresql.org/docs/15/errcodes-appendix.html"""

FORBIDDEN_STATE = "42501"
"""insufficient_privilege."""

FULL, FULL_STATE = "database or disk is full", "53100"
"""SQLite's words, and PostgreSQL's disk_full."""

OF_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM)
"""What an operator can mend; anything else that a file is found to be is a mistake in the program."""


def reason(error: DBAPIError) -> str | None:
    """Cause and remedy in one line, without values of rows; None where no operator can mend it."""
    said, state = str(error.orig), getattr(error.orig, "sqlstate", None)
    if getattr(error.orig, "names_remedy", False):  # by the mark: the class's own module loads PostgreSQL's driver
        return said
    if state in LACKING_STATES or said.startswith(LACKING):
        return (
            "the database has no tables of this version (BRIGADE_DATABASE_URL, BRIGADE_VAR): is it the right one? "
            "If so, run: flask --app wsgi db upgrade"
        )
    if state == FORBIDDEN_STATE:
        return "the database's role may not do this: use the owner of the tables, or run grant-rights again"
    if state == FULL_STATE:
        return "the disk of the database's server is full: make room there, then run it again"
    if said.startswith(FULL):
        return f"the disk of {_database()} is full: make room there, then run it again"
    if is_no_database(error.orig):
        return no_database(_database())
    if isinstance(error, OperationalError):
        first = said.splitlines()[0] if said else type(error.orig).__name__
        return f"the database does not do it: {first}. Mend that (server, address, rights, disk), then run it again"
    return None


def disk_reason(error: OSError) -> str:
    """Cause and remedy in one line, for a file or folder that cannot be used."""
    path, said = str(error.filename or "a file"), error.strerror or type(error).__name__
    if error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return f"{path}: {said}"
    elsewhere = ", or name a larger place in TMPDIR," if path.startswith(tempfile.gettempdir()) else ""
    return f"{path}: {said}. Make room on that disk{elsewhere} and run it again"


ELSEWHERE = (
    "the server that answers is not the bucket's: look at AWS_ENDPOINT_URL and AWS_DEFAULT_REGION, and whether a proxy "
    "or a sign-in page of the network stands before it"
)
OF_BUCKET = {
    "RequestTimeTooSkewed": "the clock of this machine is wrong: set it",
    "NoSuchBucket": "the bucket is not there: look at its name, AWS_ENDPOINT_URL and AWS_DEFAULT_REGION",
    **dict.fromkeys(
        ("AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "403"),
        "its server refuses: look at AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and what this user may do",
    ),
    **dict.fromkeys(
        ("301", "302", "303", "304", "307", "308", "PermanentRedirect", "TemporaryRedirect", "Redirect", "NoBucket",
         "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"),
        ELSEWHERE,
    ),
}  # fmt: skip
"""By S3's own names (docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html) or the HTTP status."""


def files_reason(away: Unavailable) -> str:
    """Cause and remedy in one line, where the place of the files cannot be read or written."""
    cause = away.__cause__
    code = s3_code(cause) or type(cause).__name__
    why = getattr(cause, "strerror", None) or OF_BUCKET.get(code)
    told = f": {why}" if why else ""
    return f"the files' place cannot be read or written (BRIGADE_STORAGE_URL){told}"


def _database() -> str:
    """The SQLite file of the settings."""
    context = click.get_current_context(silent=True)
    info = context.find_object(ScriptInfo) if context else None
    url = info.load_app().config["SQLALCHEMY_DATABASE_URI"] if info else ""
    return (make_url(url).database if url else None) or "the database"


def cover(command: click.Command) -> None:
    """Let the command, or each one of a group, end in words where the database stops it. Twice is once."""
    if isinstance(command, click.Group):
        for one in command.commands.values():
            cover(one)
    elif command.callback is not None and not hasattr(command.callback, "in_words"):
        command.callback = _in_words(command.callback)


def _in_words(run: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(run)
    def worded(*said: Any, **more: Any) -> Any:
        try:
            with orderly_end():
                return run(*said, **more)
        except Ended as end:
            click.echo(f"Stopped by {end.name} before it was done; run it again.", err=True)
            raise
        except DBAPIError as error:
            told = reason(error)
            if told is None:
                raise
            raise click.ClickException(told) from None
        except Unavailable as away:
            raise click.ClickException(files_reason(away)) from None
        except OSError as error:
            if error.errno not in OF_DISK:
                raise
            raise click.ClickException(disk_reason(error)) from None

    worded.in_words = True  # type: ignore[attr-defined]  # a mark on the function, of which its type knows nothing
    return worded
