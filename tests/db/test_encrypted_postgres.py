"""Promise S-33: on the way to a PostgreSQL of another machine nobody reads along, and nobody stands in for it."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from brigade.connections import prepare_engine
from tests import postgres
from tests.conftest import settings_for

pytestmark = pytest.mark.xdist_group("encrypted")  # one server, at one address

HOST = "127.54.32.1"
"""Of this machine, and nobody else's: the port is PostgreSQL's own, by which the tests find its socket."""


ALIAS = "127.54.32.2"
"""The same machine under an address that the certificate does not hold."""


def certificate(folder: Path, name: str) -> Path:
    """A certificate of its own for ``HOST``, and its key beside it."""
    key = ec.generate_private_key(ec.SECP256R1())
    whose = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(whose).issuer_name(whose).public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / f"{name}.key").write_bytes(secret)
    (folder / f"{name}.key").chmod(0o600)
    (folder / f"{name}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return folder / f"{name}.pem"


@pytest.fixture(scope="module")
def ours() -> Iterator[Path]:
    """In a folder that the server's own user may enter."""
    with tempfile.TemporaryDirectory(prefix="brigade-tls-") as folder:
        made = certificate(Path(folder), "ours")
        if os.geteuid() == 0:
            for path in (made.parent, made, made.with_suffix(".key")):
                shutil.chown(path, postgres.UNPRIVILEGED, postgres.UNPRIVILEGED)
        yield made


@pytest.fixture(scope="module")
def address(ours: Path) -> Iterator[str]:
    """Of a database on a server that speaks TLS and is reached over the network."""
    secured = {"ssl": "on", "ssl_cert_file": str(ours), "ssl_key_file": str(ours.with_suffix(".key"))}
    with postgres.running(listen_addresses=f"{HOST},{ALIAS}", **secured) as server:
        server.create("far")
        yield f"postgresql://{postgres.OWNER}@{HOST}/far"


def is_encrypted(url: str, root: Path) -> bool:
    engine = create_engine(settings_for(url, root).database_url)
    prepare_engine(engine)
    try:
        with engine.connect() as connection:
            said = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
            return bool(connection.scalar(text(said), execution_options={"as_system": "is this line encrypted"}))
    finally:
        engine.dispose()


def test_the_line_is_encrypted_and_the_server_known(address, ours, tmp_path) -> None:
    assert is_encrypted(f"{address}?sslmode=verify-full&sslrootcert={ours}", tmp_path)


@pytest.mark.parametrize("given", ["another", "ours"])
def test_who_stands_in_for_the_server_is_told_nothing(address, ours, tmp_path, given) -> None:
    """Another one's certificate, or none at all: it is not gone on with in clear."""
    known = certificate(tmp_path, "another") if given == "another" else ours
    url = address if given == "another" else address.replace(HOST, ALIAS)
    with pytest.raises(OperationalError, match="certificate"):
        is_encrypted(f"{url}?sslmode=verify-full&sslrootcert={known}", tmp_path)
