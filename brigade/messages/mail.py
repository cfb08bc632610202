"""E-mail: the server that takes it (``BRIGADE_MAIL_URL``), the message, and what the server said. No database here."""

from __future__ import annotations

import datetime as dt
import re
import smtplib
import ssl
import uuid
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import parse_qs, unquote, urlsplit

from brigade.messages.outcome import Outcome, dead, later, sent

TIMEOUT = 10.0
"""Seconds for each word with the server."""

LOOPBACK = ("127.0.0.1", "::1", "localhost")
ADDRESS_MAX = 254
# The part before the @ as RFC 5322 has it, and besides dots in a row or at its end: phones of the 2000s have such.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_DOMAIN = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}")
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in. ``tls``: ``implicit`` (smtps), ``required`` or ``offered`` (STARTTLS)."""

    host: str
    port: int
    user: str
    password: str
    sender: str
    tls: str


def is_address(value: str) -> bool:
    """Whether one can write to it: ``name@host.domain`` in ASCII, without blanks, comments or line breaks."""
    local, _, domain = value.rpartition("@")
    return len(value) <= ADDRESS_MAX and bool(_LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain))


def mail_server(url: str) -> MailServer | None:
    """``smtp://user:password@host:port?from=…&tls=required`` or ``smtps://…``; None for ``none://``.

    ValueError says what is wrong, without the password.
    """
    if url == "none://":
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path not in ("", "/"):
        raise ValueError("must be none:// or smtp://user:password@host:port?from=address (or smtps://…)")
    asked = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    if asked.keys() - {"from", "tls"}:
        raise ValueError("knows only from= and tls= after the question mark")
    sender = asked.get("from", [""])[-1]
    if not (is_address(sender) or re.fullmatch(rf"{_LOCAL.pattern}@localhost", sender)):
        raise ValueError("must name the sender: ?from=name@host.domain")
    tls = asked.get("tls", ["offered"])[-1]
    if tls not in ("offered", "required"):
        raise ValueError("tls must be offered or required")
    implicit = parts.scheme == "smtps"
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not (user + password).isprintable():
        raise ValueError("user and password must be printable characters")
    port = parts.port or (465 if implicit else 587)
    return MailServer(parts.hostname, port, user, password, sender, "implicit" if implicit else tls)


def message(server: MailServer, to: str, subject: str, body: str, *, id_: uuid.UUID, now: dt.datetime) -> EmailMessage:
    """A plain mail. Its Message-ID is the delivery's: sent twice, it is recognised. ValueError for no address."""
    if not is_address(to):
        raise ValueError("not an address")
    made = EmailMessage(policy=SMTP)
    made["From"] = _header(server.sender)
    made["To"] = _header(to)
    made["Subject"] = one_line(subject)
    made["Date"] = format_datetime(now)
    made["Message-ID"] = f"<{id_}@{server.sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(body, cte="base64")
    return made


def one_line(value: str) -> str:
    """The text without anything that ends a line: a header is one line, whatever stands in a title."""
    return _BREAKS.sub(" ", value).strip()


def _header(address: str) -> Address:
    local, _, domain = address.rpartition("@")
    return Address(username=local, domain=domain)


class Outbox:
    """One conversation with the server for a round of letters, begun with the first. Once it fails, the rest waits."""

    def __init__(self, server: MailServer) -> None:
        self.server = server
        self._smtp: smtplib.SMTP | None = None
        self._failed: Outcome | None = None

    def send(self, made: EmailMessage) -> Outcome:
        """Hand in one message. Refused for this recipient for good: dead; anything else that fails: later."""
        if self._failed is not None:
            return self._failed
        try:
            self._smtp = self._smtp or self._opened()
            self._smtp.send_message(made, to_addrs=[to.addr_spec for to in made["To"].addresses])
        except smtplib.SMTPRecipientsRefused as refused:
            code = next(iter(refused.recipients.values()))[0]
            return dead(f"smtp-{code}") if code >= 500 else later(f"smtp-{code}")
        except smtplib.SMTPDataError as refused:
            code = refused.smtp_code
            return dead(f"smtp-{code}") if code >= 500 else later(f"smtp-{code}")
        except smtplib.SMTPResponseException as refused:  # of the server as such: its greeting, our name, the sender
            return self._broken(f"smtp-{refused.smtp_code}")
        except (smtplib.SMTPException, OSError) as error:
            return self._broken(type(error).__name__)
        return sent()

    def close(self) -> None:
        """End the conversation."""
        if self._smtp is not None:
            try:
                self._smtp.quit()
            except (smtplib.SMTPException, OSError):
                self._smtp.close()
        self._smtp = None

    def _broken(self, error: str) -> Outcome:
        if self._smtp is not None:
            self._smtp.close()
        self._smtp, self._failed = None, later(error)
        return self._failed

    def _opened(self) -> smtplib.SMTP:
        server, name = self.server, self.server.sender.rpartition("@")[2]
        context = ssl.create_default_context()
        if server.tls == "implicit":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, local_hostname=name, timeout=TIMEOUT, context=context
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, local_hostname=name, timeout=TIMEOUT)
        try:
            smtp.ehlo()
            if server.tls != "implicit" and (server.tls == "required" or smtp.has_extn("starttls")):
                smtp.starttls(context=context)
                smtp.ehlo()
            if server.user:
                if not isinstance(smtp.sock, ssl.SSLSocket) and server.host not in LOOPBACK:
                    raise smtplib.SMTPNotSupportedError("a password is not sent in clear")
                smtp.login(server.user, server.password)
        except BaseException:
            smtp.close()
            raise
        return smtp
