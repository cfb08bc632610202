"""Authenticator app and recovery codes: set up, asked for, good once; and whose post asks for them."""

from __future__ import annotations

import re

import pyotp
import pytest
from sqlalchemy import update

from api.editions import DOCUMENTS
from api.extensions import db
from brigade.access.proofs import OWN_FACTORS
from brigade.organisation.people import DeputyPlace, Post
from brigade.organisation.units import Unit
from tests import make
from tests.api.answers import API
from tests.api.asking import bearing, digest, places, signed_in

LOGIN, ME, TOTP, FACTORS = (f"{API}/{path}" for path in ("auth/login", "me", "auth/totp", "auth/second-factors"))
NEW = "まとい かかげる 朝の川 自転車"


def enrolled(person) -> tuple[pyotp.TOTP, list[str]]:
    """The person's app, set up just now, and the recovery codes."""
    begun = person.post(TOTP)
    assert begun.status_code == 200, begun.text
    app = pyotp.TOTP(begun.json["secret"])
    confirmed = person.post(f"{TOTP}/confirm", json={"code": app.now()})
    assert confirmed.status_code == 200, confirmed.text
    return app, confirmed.json["recovery_codes"]


def try_in(client, otp=None, login="squad11", password=make.PASSWORD):
    body = {"login": login, "password": password, **({"otp": otp} if otp is not None else {})}
    return client.application.test_client().post(LOGIN, json=body)


def settings(app, city, **changed) -> None:
    """The bureau's own settings; without any, what holds in production."""
    with app.app_context():
        change = update(Unit).where(Unit.id == city.bureau_id).values(settings=changed)
        db.session.execute(change, execution_options=make.SYSTEM)
        db.session.commit()


def test_an_app_is_set_up_and_asked_for(client, city, later) -> None:
    person = signed_in(client, "squad11")
    assert person.get(FACTORS).json == {
        "has_password": True, "totp": False, "recovery_codes_left": 0, "passkeys": [], "passkeys_available": False,
    }  # fmt: skip
    app, codes = enrolled(person)
    assert len(set(codes)) == 10
    assert person.get(FACTORS).json["totp"]
    assert person.get(FACTORS).json["recovery_codes_left"] == 10
    asked = try_in(client)
    assert (asked.status_code, asked.json["code"]) == (401, "second-factor-required")
    assert asked.json["methods"] == ["totp", "recovery-code"]
    later(seconds=31)
    assert try_in(client, app.now()).status_code == 200
    (newest, first) = person.get(f"{API}/auth/devices").json["items"]
    assert newest["factor"] == first["factor"] == "totp"


def test_the_qr_code_says_the_same_as_the_secret(client, city) -> None:
    begun = signed_in(client, "squad11").post(TOTP).json
    read = pyotp.parse_uri(begun["uri"])
    assert (read.secret, read.issuer, read.name) == (begun["secret"], "Brigade", "squad11")
    assert len(begun["secret"]) == 32


def test_a_wrong_password_is_answered_as_ever(client, city) -> None:
    """Whether a second factor is set up is told to nobody without the password."""
    enrolled(signed_in(client, "squad11"))
    with_factor, without = (try_in(client, "000000", login, "wrong") for login in ("squad11", "squad12"))
    assert with_factor.status_code == without.status_code == 401
    assert with_factor.json["code"] == without.json["code"] == "wrong-credentials"
    assert "methods" not in with_factor.json


def test_a_code_is_good_once_however_it_is_typed(client, city, later) -> None:
    app, _ = enrolled(signed_in(client, "squad11"))
    later(seconds=61)
    code = app.now()
    typed = f" {code[:3]} {code[3:]} "
    assert try_in(client, typed).status_code == 200
    full_width = "".join(chr(ord(digit) + 0xFEE0) for digit in code)
    for again in (code, typed, f"{code[:3]}-{code[3:]}", " ".join(code), full_width, f"\t{code}", f"{code}\u3000"):
        answer = try_in(client, again)
        assert answer.status_code in (401, 422), again  # a tab is no text
        if answer.status_code == 401:
            assert answer.json["code"] == "wrong-second-factor"
    later(seconds=30)
    assert try_in(client, app.now()).status_code == 200


def test_an_older_code_than_the_last_is_refused(client, city, later) -> None:
    app, _ = enrolled(signed_in(client, "squad11"))
    later(seconds=90)
    older = app.now()
    later(seconds=30)
    assert try_in(client, app.now()).status_code == 200
    assert try_in(client, older).status_code == 401  # of the step before, which alone would still be good


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 200), (0, 200), (1, 200), (2, 401)])
def test_a_clock_may_be_off_by_one_step(client, city, later, steps, status) -> None:
    app, _ = enrolled(signed_in(client, "squad11"))
    later(minutes=5)
    code = app.generate_otp(int(make.NOW.timestamp() + 300) // 30 + steps)
    assert try_in(client, code).status_code == status


def test_the_code_that_confirmed_signs_nobody_in(client, city) -> None:
    person = signed_in(client, "squad11")
    app = pyotp.TOTP(person.post(TOTP).json["secret"])
    code = app.now()
    assert person.post(f"{TOTP}/confirm", json={"code": code}).status_code == 200
    assert try_in(client, code).status_code == 401


def test_an_unconfirmed_app_is_not_asked_for(client, city) -> None:
    person = signed_in(client, "squad11")
    first = person.post(TOTP).json["secret"]
    assert try_in(client).status_code == 200
    wrong = person.post(f"{TOTP}/confirm", json={"code": "000000"})
    assert places(wrong) == {"/code": "wrong-second-factor"}
    again = person.post(TOTP).json["secret"]
    assert again != first
    assert person.post(f"{TOTP}/confirm", json={"code": pyotp.TOTP(first).now()}).status_code == 422
    assert person.post(f"{TOTP}/confirm", json={"code": pyotp.TOTP(again).now()}).status_code == 200
    for path in (TOTP, f"{TOTP}/confirm"):
        answer = person.post(path, **({} if path == TOTP else {"json": {"code": "000000"}}))
        assert answer.status_code == 403
        assert answer.json["reasons"] == ["totp-in-use" if path == TOTP else "totp-not-begun"]


def test_wrong_codes_are_slowed_like_wrong_passwords(client, city) -> None:
    """Asking for the code costs nothing; ten wrong ones do."""
    enrolled(signed_in(client, "squad11"))
    for _ in range(12):
        assert try_in(client).json["code"] == "second-factor-required"
    answers = [try_in(client, f"{number:06d}").status_code for number in range(11)]
    assert answers == [401] * 10 + [429]


def test_without_an_app_a_code_is_not_looked_at(client, city) -> None:
    assert try_in(client, "000000").status_code == 200
    assert signed_in(client, "squad12").post(f"{API}/auth/recovery-codes").json["reasons"] == ["no-second-factor"]


# --- Taking it away ---------------------------------------------------------------------------------------------------


def test_the_app_is_removed_only_after_a_fresh_proof(client, city, later) -> None:
    person = signed_in(client, "squad11")
    app, _ = enrolled(person)
    later(minutes=14)
    assert person.get(ME).status_code == 200
    later(minutes=2)
    tokens = bearing(client.application.test_client(), person.tokens["refresh_token"]).post(f"{API}/auth/refresh").json
    bearing(person, tokens["access_token"])
    refused = person.delete(TOTP)
    assert (refused.status_code, refused.json["reasons"]) == (403, ["step-up-required"])
    assert person.post(f"{API}/auth/step-up", json={"otp": app.now()}).status_code == 204
    assert person.delete(TOTP).status_code == 204
    assert person.get(FACTORS).json["recovery_codes_left"] == 0
    assert try_in(client).status_code == 200


def test_a_short_password_does_not_stand_alone(client, city) -> None:
    person = signed_in(client, "squad11")
    long = {"old_password": make.PASSWORD, "new_password": "xq7Rvmzk"}
    assert places(person.post(f"{API}/auth/password", json=long)) == {"/new_password": "short-password"}
    enrolled(person)
    assert person.post(f"{API}/auth/password", json=long).status_code == 204
    refused = person.delete(TOTP)
    assert refused.json["reasons"] == ["password-short-alone"]
    assert person.get(FACTORS).json["totp"]
    longer = {"old_password": "xq7Rvmzk", "new_password": NEW}
    assert person.post(f"{API}/auth/password", json=longer).status_code == 204
    assert person.delete(TOTP).status_code == 204


# --- Posts that ask for it --------------------------------------------------------------------------------------------


def test_officers_need_one_before_anything_else(app, client, city, later) -> None:
    settings(app, city)
    officer = signed_in(client, "station")
    for method, path in (("get", "units"), ("get", "inbox"), ("get", "activity-kinds"), ("get", "months/2026-11"),
                         ("post", f"members/{city.member_id('squad11a')}/sign-out")):  # fmt: skip
        refused = getattr(officer, method)(f"{API}/{path}")
        assert (refused.status_code, refused.json["reasons"]) == (403, ["second-factor-required"]), path
    for path in ("me", "auth/devices", "auth/second-factors"):
        assert officer.get(f"{API}/{path}").status_code == 200
    app_, _ = enrolled(officer)
    assert officer.get(f"{API}/inbox").status_code == 200  # enrolling was proof enough here
    later(seconds=61)
    again = bearing(client, try_in(client, app_.now(), "station").json["access_token"])
    assert again.get(f"{API}/inbox").status_code == 200
    assert signed_in(client, "squad11").get(f"{API}/inbox").status_code == 200  # no post that asks


def test_any_other_device_has_to_prove_it_too(app, client, city, later) -> None:
    settings(app, city)
    desk, phone = signed_in(client, "station"), signed_in(client, "station")
    app_, _ = enrolled(desk)
    assert phone.get(f"{API}/inbox").json["reasons"] == ["second-factor-required"]
    later(seconds=61)
    assert phone.post(f"{API}/auth/step-up", json={"password": make.PASSWORD}).status_code == 204
    assert phone.get(f"{API}/inbox").json["reasons"] == ["second-factor-required"]
    assert phone.post(f"{API}/auth/step-up", json={"otp": app_.now()}).status_code == 204
    assert phone.get(f"{API}/inbox").status_code == 200


def test_a_new_post_asks_at_the_next_request_and_an_ended_one_no_more(app, client, city) -> None:
    settings(app, city, second_factor_posts=["squad_leader"])
    member = signed_in(client, "squad11a")
    assert member.get(f"{API}/inbox").status_code == 200
    with app.app_context():
        db.session.add(Post(member_id=city.member_id("squad11a"), unit_id=city.unit_id("K1-1-1"), post="squad_leader",
                            valid_from=make.SINCE))  # fmt: skip
        db.session.commit()
    assert member.get(f"{API}/inbox").json["reasons"] == ["second-factor-required"]
    settings(app, city, second_factor_posts=[])
    assert member.get(f"{API}/inbox").status_code == 200


def test_who_was_named_deputy_needs_what_the_leaders_post_needs(app, client, city) -> None:
    member, other = signed_in(client, "squad11a"), signed_in(client, "squad11b")
    with app.app_context():
        for login, code in (("squad11a", "S1"), ("squad11b", "K1-1")):
            who, unit = city.member_id(login), city.unit_id(code)
            db.session.add(DeputyPlace(member_id=who, unit_id=unit, place=1, valid_from=make.SINCE))
        db.session.commit()
    assert member.get(f"{API}/inbox").status_code == 200
    settings(app, city)
    assert member.get(f"{API}/inbox").json["reasons"] == ["second-factor-required"]
    assert other.get(f"{API}/inbox").status_code == 200
    enrolled(member)
    assert member.get(f"{API}/inbox").status_code == 200


def test_the_nearest_unit_that_sets_it_decides(app, client, city) -> None:
    settings(app, city, second_factor_posts=["company_leader"])
    with app.app_context():
        one = update(Unit).where(Unit.id == city.unit_id("K1-1")).values(settings={"second_factor_posts": []})
        db.session.execute(one, execution_options=make.SYSTEM)
        db.session.commit()
    assert signed_in(client, "company1").get(f"{API}/inbox").status_code == 200
    assert signed_in(client, "company2").get(f"{API}/inbox").status_code == 403


def test_only_the_bureau_sets_what_guards_the_officers(app, client, ask, city) -> None:
    path = f"{API}/units/{city.unit_id('S1')}/settings"
    seen = {"If-Match": ask("station").get(path).headers["ETag"]}
    for change in ({"second_factor_posts": []}, {"step_up": []}, {"deputy_after_days": 3, "step_up": None}):
        before = digest(app)
        assert ask("station").patch(path, json=change, headers=seen).json["reasons"] == ["not-permitted"]
        assert digest(app) == before
    said = {"second_factor_posts": ["station_officer"], "step_up": ["export"]}
    assert ask("bureau").patch(path, json=said, headers=seen).json["own"] == said
    seen = {"If-Match": ask("bureau").get(path).headers["ETag"]}
    for wrong, pointer in (
        ({"step_up": ["payday"]}, "/step_up/0"), ({"second_factor_posts": ["member"]}, "/second_factor_posts/0"),
        ({"step_up": "export"}, "/step_up"), ({"step_up": [None]}, "/step_up/0"), ({"step_up": ["export"] * 4}, "/step_up"),
    ):  # fmt: skip
        assert list(places(ask("bureau").patch(path, json=wrong, headers=seen))) == [pointer]


# --- Proving again ----------------------------------------------------------------------------------------------------

STEPS = [
    ("company1", "post", "inbox/approve", "bulk-approval", {"items": []}),
    ("company1", "get", "months/2026-11/report.pdf?unit_id={K1-1}", "export", None),
    ("station", "post", "months/2026-11/seal", "bulk-approval", {}),
    *(("station", "get", f"editions/{{K1}}/{name}", "export", None) for name in DOCUMENTS),
    ("bureau", "post", "posts", "role-change", {}),
    ("bureau", "post", "posts/{K1}/end", "role-change", {}),
    ("bureau", "post", "members/{K1}/transfer", "role-change", {}),
    ("bureau", "post", "members/{K1}/leave-service", "role-change", {}),
    ("bureau", "patch", "units/{K1}/settings", "role-change", {}),
    ("squad11", "put", "units/{K1-1-1}/deputies", "role-change", {}),
    ("bureau", "post", "roster-imports/{K1}/apply", "role-change", None),
    ("bureau", "post", "invitations", "role-change", {}),
    ("bureau", "post", "invitations/cards", "role-change", {}),
    ("bureau", "post", "members/{K1}/password-reset", "role-change", None),
    ("bureau", "post", "members/{K1}/password-reset/card", "role-change", None),
    ("bureau", "put", "retention/times/{K1}", "role-change", {}),
    ("bureau", "post", "retention/runs", "role-change", {"days": -1}),
    ("bureau", "post", "retention/runs/{K1}/undo", "role-change", None),
    ("bureau", "post", "retention/holds", "role-change", {}),
    ("bureau", "post", "retention/holds/{K1}/lift", "role-change", None),
    ("bureau", "get", "retention/erasures/preview?number=0", "role-change", None),
    ("bureau", "post", "retention/erasures", "role-change", {}),
    *(("bureau", "post", f"data-requests/{{K1}}/{step}", "role-change", {}) for step in ("accept", "extend", "refuse")),
]


@pytest.mark.parametrize(("login", "method", "path", "name", "body"), STEPS, ids=[step[2] for step in STEPS])
def test_what_a_city_guards_asks_for_a_fresh_proof(
    app, client, city, later, login, method, path, name, body
) -> None:  # fmt: skip
    path = f"{API}/{path.format_map({code: unit.id for code, unit in city.units.items()})}"
    settings(app, city, second_factor_posts=[], step_up=[name])
    person = signed_in(client, login)
    later(minutes=14)
    said = {} if body is None else {"json": body}

    def reasons():
        return (getattr(person, method)(path, **said).json or {}).get("reasons", [])

    assert "step-up-required" not in reasons()
    later(minutes=2)
    tokens = bearing(client.application.test_client(), person.tokens["refresh_token"]).post(f"{API}/auth/refresh").json
    bearing(person, tokens["access_token"])
    assert person.get(f"{API}/inbox").status_code == 200
    before = digest(app)
    assert reasons() == ["step-up-required"]
    assert digest(app) == before
    settings(app, city, second_factor_posts=[], step_up=[])
    assert "step-up-required" not in reasons()
    settings(app, city, second_factor_posts=[])
    assert reasons() == ["step-up-required"]
    assert person.post(f"{API}/auth/step-up", json={"password": make.PASSWORD}).status_code == 204
    assert "step-up-required" not in reasons()
    later(minutes=15)
    again = bearing(client.application.test_client(), tokens["refresh_token"]).post(f"{API}/auth/refresh").json
    bearing(person, again["access_token"])
    assert reasons() == ["step-up-required"]


def test_every_guarded_route_stands_in_the_table() -> None:
    from api.app import RESOURCES

    guarded = {
        (
            declared.method.lower(),
            re.sub(r"<[^>]+>", "*", f"{resource.url_prefix or ''}{declared.rule}"),
            declared.step_up,
        )
        for resource in RESOURCES
        for declared, _ in resource.declared
        if declared.step_up not in ("", OWN_FACTORS)
    }
    paths = {
        (method, re.sub(r"{[^}]+}|2026-11", "*", f"/{path}").split("?")[0], name) for _, method, path, name, _ in STEPS
    }
    assert paths == guarded


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"password": "wrong"}, {"/password": "wrong-credentials"}),
        ({"otp": "000000"}, {"/otp": "wrong-second-factor"}),
        ({}, {"": "one-of-three"}),
        ({"password": make.PASSWORD, "otp": "000000"}, {"": "one-of-three"}),
    ],
)
def test_a_wrong_proof_proves_nothing(client, city, later, said, wrong) -> None:
    person = signed_in(client, "squad11")
    later(minutes=16)
    tokens = bearing(client.application.test_client(), person.tokens["refresh_token"]).post(f"{API}/auth/refresh").json
    bearing(person, tokens["access_token"])
    assert places(person.post(f"{API}/auth/step-up", json=said)) == wrong
    assert person.post(TOTP).json["reasons"] == ["step-up-required"]


def test_a_phone_in_strange_hands_is_no_place_to_guess(client, city) -> None:
    person = signed_in(client, "squad11")
    answers = [person.post(f"{API}/auth/step-up", json={"password": "wrong"}).status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]
    assert signed_in(client, "squad11").get(ME).status_code == 200
