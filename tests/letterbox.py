"""Where notices arrive in tests: a real mail server and a real push service, both on this machine."""

from __future__ import annotations

import base64
import datetime as dt
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import http_ece
import jwt
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID
from jwt.types import Options


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


# --- Mail -------------------------------------------------------------------------------------------------------------


@dataclass(repr=False)
class MailBox:
    """What a mail server took. ``refuses`` gives the answer to a recipient that it does not take (``550 no``)."""

    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    refuses: Callable[[str], str | None] = lambda address: None
    on_mail: Callable[[], None] = lambda: None
    signed_in: list[tuple[bytes, bytes]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        """For ``BRIGADE_MAIL_URL``."""
        return f"smtp://127.0.0.1:{self.port}?from=brigade@city.example.jp"

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Envelope, address: str, options: Any) -> str:  # noqa: N802
        """Take the recipient or not."""
        if refusal := self.refuses(address):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Envelope) -> str:  # noqa: N802
        """Keep the message."""
        self.recipients += envelope.rcpt_tos
        assert isinstance(envelope.content, bytes)
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        self.on_mail()
        return "250 OK"

    def authenticator(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        """Let everyone in whose password is ``secret``."""
        self.signed_in.append((data.login, data.password))
        return AuthResult(success=data.password == b"secret")


@contextmanager
def mail_server(host: str = "127.0.0.1", **options: Any) -> Iterator[MailBox]:
    """A mail server on a free port; ``options`` are aiosmtpd's."""
    box = MailBox()
    if options.get("authenticator"):
        options["authenticator"] = box.authenticator
    with socket.socket() as free:
        free.bind((host, 0))
        box.port = free.getsockname()[1]
    controller = Controller(box, hostname=host, port=box.port, **options)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """What a server on ``localhost`` shows, and the file of whoever signed it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=3650))
        .not_valid_after(now + dt.timedelta(days=3650))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert, private = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, private)
    return context, cert


# --- Push -------------------------------------------------------------------------------------------------------------


@dataclass
class Phone:
    """A browser's side of a subscription: its address, its keys, what it could read."""

    path: str
    key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    secret: bytes = b"sixteen bytes !!"
    read: list[dict[str, Any]] = field(default_factory=list)

    def keys(self) -> dict[str, str]:
        """What it tells the server to encrypt with."""
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"p256dh": _encoded(point), "auth": _encoded(self.secret)}


@dataclass(repr=False)
class PushService:
    """What a push service was sent: decrypted by the phone, signed by the server. ``answers`` by path, 201 else."""

    port: int = 0
    phones: dict[str, Phone] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)
    headers: list[dict[str, str]] = field(default_factory=list)
    claims: list[dict[str, Any]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    on_message: Callable[[], None] = lambda: None
    public_key: str = ""

    @property
    def origin(self) -> str:
        """For ``BRIGADE_PUSH_HOSTS``."""
        return f"http://127.0.0.1:{self.port}"

    def phone(self, name: str) -> Phone:
        """A new phone."""
        return self.phones.setdefault(f"/{name}", Phone(f"/{name}"))

    def subscription(self, name: str) -> dict[str, Any]:
        """What its browser would hand in."""
        phone = self.phone(name)
        return {"endpoint": self.origin + phone.path, "keys": phone.keys()}

    def taken(self, path: str, headers: dict[str, str], body: bytes) -> int:
        """Look at a message as push service and phone do; the status to answer with."""
        scheme, _, said = headers["authorization"].partition(" ")
        parts = dict(part.strip().split("=", 1) for part in said.split(","))
        raw = base64.urlsafe_b64decode(parts["k"] + "=" * (-len(parts["k"]) % 4))
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
        # Until when it is good the tests look at themselves: theirs is another clock.
        said_until: Options = {"verify_exp": False, "require": ["exp"]}
        claims = jwt.decode(parts["t"], key, algorithms=["ES256"], audience=self.origin, options=said_until)
        assert scheme == "vapid"
        self.claims.append(claims)
        self.headers.append(headers)
        self.bodies.append(body)
        self.public_key = parts["k"]
        phone = self.phones[path]
        plain = http_ece.decrypt(body, private_key=phone.key, auth_secret=phone.secret, version="aes128gcm")
        status = self.answers.get(path, 201)
        if status == 201:
            phone.read.append(json.loads(plain))
        self.on_message()
        return status


@contextmanager
def push_service() -> Iterator[PushService]:
    """A push service on a free port."""
    service = PushService()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = service.taken(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", f"{service.origin}/elsewhere")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
