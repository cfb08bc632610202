"""Recovery codes: good once each, and kept so that who reads the table has none of them."""

from __future__ import annotations

import hashlib

from sqlalchemy import select, update

from api.extensions import db
from brigade.access.second_factors import RecoveryCode
from tests import make
from tests.api.answers import API
from tests.api.asking import bearing, signed_in
from tests.api.test_second_factors import FACTORS, enrolled, try_in


def test_recovery_codes_are_good_once_each(client, city) -> None:
    _, codes = enrolled(signed_in(client, "squad11"))
    assert try_in(client, codes[0]).status_code == 200
    assert try_in(client, codes[0]).status_code == 401
    person = bearing(client, try_in(client, codes[1].upper().replace("-", " ")).json["access_token"])
    assert person.get(FACTORS).json["recovery_codes_left"] == 8
    fresh = person.post(f"{API}/auth/recovery-codes").json["recovery_codes"]
    assert not set(fresh) & set(codes)
    assert try_in(client, codes[2]).status_code == 401
    assert try_in(client, fresh[2]).status_code == 200


def test_codes_are_stored_as_digests_alone(app, client, city) -> None:
    _, codes = enrolled(signed_in(client, "squad11"))
    with app.app_context():
        stored = db.session.execute(db.text("SELECT code_hash FROM recovery_codes"), execution_options=make.SYSTEM)
        hashes = set(stored.scalars())
    assert len(hashes) == 10
    plain = {code.replace("-", "") for code in codes}
    assert not hashes & (plain | {hashlib.sha256(code.encode()).hexdigest() for code in plain})


def test_codes_that_were_printed_before_they_were_stretched_stay_good(app, client, city) -> None:
    enrolled(signed_in(client, "squad11"))
    digest_ = hashlib.sha256(b"abcdefghjkmn").hexdigest()
    with app.app_context():
        oldest = select(RecoveryCode.id).limit(1).scalar_subquery()
        before = update(RecoveryCode).where(RecoveryCode.id == oldest).values(code_hash=digest_)
        db.session.execute(before, execution_options=make.SYSTEM)
        db.session.commit()
    assert try_in(client, "abcd-efgh-jkmn").status_code == 200
    assert try_in(client, "abcd-efgh-jkmn").status_code == 401
