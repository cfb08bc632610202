"""The demo's story: one report from a member's phone to the station's month, over the same API that phones use."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import click
from flask import Flask
from sqlalchemy import func, select

from api.demo_drills import plan_drills
from api.extensions import db
from api.worker import work_once
from brigade.dates import TOKYO, month_before, month_of, tokyo_day, utc_now
from brigade.db import new_id
from brigade.demo.load import load
from brigade.organisation.units import Unit
from brigade.settings import Settings

SIZE, SEED, REPORTS = "small", 1, 300
API = "/api/v1"
CAST = ("member", "squad_leader", "company_leader", "brigade_leader", "station_officer", "bureau_officer")


class StoryFailed(click.ClickException):
    """A step of the story was answered otherwise than told."""


class Person:
    """One account of the demo, signed in."""

    def __init__(self, app: Flask, account: dict[str, Any]) -> None:
        self.account = account
        self._client = app.test_client()
        answer = self._send("POST", "/auth/login", {"login": account["login"], "password": account["password"]})
        self._client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {answer['access_token']}"

    def _send(self, method: str, path: str, body: Any = None, version: int | None = None) -> Any:
        headers = {"If-Match": f'"{version}"'} if version is not None else {}
        answer = self._client.open(API + path, method=method, json=body, headers=headers)
        if answer.status_code >= 400:
            raise StoryFailed(f"{self.account['name']}: {method} {path}: {answer.status_code} {answer.text}")
        return answer.data if answer.mimetype == "application/pdf" else answer.json

    def get(self, path: str) -> Any:
        """What the API answers."""
        return self._send("GET", path)

    def post(self, path: str, body: Any, version: int | None = None) -> Any:
        """What the API answers; ``version`` goes into If-Match."""
        return self._send("POST", path, body, version)

    def may_post(self, path: str, body: Any) -> bool:
        """Whether the API takes that."""
        return self._client.post(API + path, json=body).status_code < 400

    def patch(self, path: str, body: Any, version: int) -> Any:
        """The changed thing."""
        return self._send("PATCH", path, body, version)


def play(app: Flask, settings: Settings) -> None:
    """Load the demo and tell the story unless both have been done; print what there is to open."""
    folder = settings.var / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    accounts_file, told = folder / "accounts.json", folder / "story.json"
    if not _loaded():
        click.echo("Loading the demo city …")
        load(db.engine, SIZE, SEED, REPORTS, accounts_file, utc_now(), progress=click.echo)
    if not accounts_file.exists():
        raise StoryFailed(f"The database holds data that is not the demo's. Name another folder: {settings.var}")
    accounts = json.loads(accounts_file.read_text(encoding="utf-8"))["accounts"]
    cast = _cast(accounts)
    if not told.exists():
        story = _tell(app, cast, folder)
        told.write_text(json.dumps(story, ensure_ascii=False, indent=2), encoding="utf-8")
    story = json.loads(told.read_text(encoding="utf-8"))
    if story.get("drills_on") != tokyo_day(utc_now()).isoformat():
        story["drills_on"] = _plan(app, cast)
        told.write_text(json.dumps(story, ensure_ascii=False, indent=2), encoding="utf-8")
    _print(settings, cast, story)


def _loaded() -> bool:
    counted = select(func.count()).select_from(Unit)
    found = db.session.scalar(counted, execution_options={"as_system": "is there any data yet"})
    db.session.remove()
    return bool(found)


def _cast(accounts: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """One account for each post, all in one line from a squad up."""
    member = next(account for account in accounts if account["post"] == "member" and len(account["unit_path"]) >= 5)
    line = set(member["unit_path"])
    cast = {"member": member}
    for post in CAST[1:]:
        cast[post] = next(a for a in accounts if a["post"] == post and a["unit_path"][-1] in line)
    return cast


def _plan(app: Flask, cast: dict[str, dict[str, Any]]) -> str:
    """Drills around today; the day on which this was done. Where somebody has changed a password, there are none."""
    now = utc_now()
    try:
        member, leader = (Person(app, cast[post]) for post in ("member", "company_leader"))
        plan_drills(member, leader, cast["member"], cast["company_leader"]["unit_id"], now)
    except StoryFailed as failed:
        click.echo(f"No drills were planned: {failed.message}")
    return tokyo_day(now).isoformat()


def _tell(app: Flask, cast: dict[str, dict[str, Any]], folder: Path) -> dict[str, Any]:
    """File, return, correct, approve three times, confirm, print."""
    people = {post: Person(app, account) for post, account in cast.items()}
    member, leader = people["member"], people["squad_leader"]
    report = member.post("/activity-reports", _free_slot(member, cast["member"]))
    path = f"/activity-reports/{report['id']}"
    remark = {"pointer": "/ended_at", "reason": "times-impossible", "text": "片付けまで入れてください。"}
    report = leader.post(
        f"{path}/return", {"comment": "終わりの時刻を確かめてください。", "remarks": [remark]}, report["version"]
    )
    ended = dt.datetime.fromisoformat(report["ended_at"]) + dt.timedelta(minutes=15)
    report = member.patch(path, {"ended_at": ended.isoformat()}, report["version"])
    report = member.post(f"{path}/submit", {}, report["version"])
    for post in ("squad_leader", "company_leader", "brigade_leader", "station_officer"):
        report = people[post].post(f"{path}/approve", {}, report["version"])
    station = people["station_officer"]
    month, unit_id = report["month"], cast["station_officer"]["unit_id"]
    pdf = folder / f"month-{month}.pdf"
    pdf.write_bytes(station.get(f"/months/{month}/report.pdf?unit_id={unit_id}"))
    sealed = _seal(app, station, month_before(month), unit_id, folder)
    steps = [event["sentence"] for event in station.get(f"{path}/history")["items"]]
    return {
        "report_id": report["id"],
        "number": report["number"],
        "state": report["state"],
        "month": month,
        "station_unit_id": unit_id,
        "steps": steps,
        "pdf": pdf.name,
        "sealed": sealed,
    }


def _seal(app: Flask, station: Person, month: str, unit_id: str, folder: Path) -> dict[str, str]:
    """Seal the month before, so that there is something to download and to verify."""
    asked = station.post(f"/months/{month}/seal", {"unit_id": unit_id})
    while station.get(f"/jobs/{asked['job_id']}")["state"] in ("queued", "running"):
        if not work_once(app):
            raise StoryFailed(f"The month {month} could not be sealed.")
    edition = station.get(f"/editions/{asked['edition_id']}")
    pdf = folder / f"sealed-{month}.pdf"
    pdf.write_bytes(station.get(f"/editions/{edition['id']}/report.pdf"))
    return {"month": month, "code": edition["code"], "pdf": pdf.name, "yen": f"{edition['yen']:,}"}


def _free_slot(member: Person, account: dict[str, Any]) -> dict[str, Any]:
    """A drill of the last days at an hour at which the member is in no other report."""
    now = dt.datetime.now(TOKYO)
    for days in range(8):
        for hour in (19, 13, 9, 6):
            start = (now - dt.timedelta(days=days)).replace(hour=hour, minute=0, second=0, microsecond=0)
            end = start + dt.timedelta(hours=2)
            if end + dt.timedelta(minutes=15) > now or month_of(start) != month_of(end):
                continue
            body = {
                "id": str(new_id()),
                "kind": "T-01",
                "unit_id": account["unit_id"],
                "started_at": start.isoformat(),
                "ended_at": end.isoformat(),
                "place": "器具置場",
                "summary": "ポンプの放水訓練をしました。",
                "details": {"drill_type": "pump"},
                "participants": [{"member_id": account["member_id"], "role": "member"}],
                "submit": True,
            }
            try:
                member.post("/activity-reports/validate", body)
            except StoryFailed:
                continue
            return body
    raise StoryFailed("The member of the demo has no free hour in the last week.")


def _print(settings: Settings, cast: dict[str, dict[str, Any]], story: dict[str, Any]) -> None:
    folder = settings.var / "demo"
    click.echo("")
    click.echo(f"活動報告 {story['number']} が団員の電話から消防署の月次集計まで進みました (one report, all the way):")
    for step in story["steps"]:
        click.echo(f"  - {step}")
    click.echo(f"  → {folder / story['pdf']}")
    if sealed := story.get("sealed"):
        click.echo(f"{sealed['month']} は確定済みです（第1版、出動報酬 {sealed['yen']} 円） (sealed, edition 1):")
        click.echo(f"  → {folder / sealed['pdf']}")
    click.echo("")
    click.echo("サインインできる人 (who may sign in):")
    for post, account in cast.items():
        click.echo(
            f"  {account['login']:<22} {account['password']:<14} {post:<16} {account['name']}（{account['unit_path'][-1]}）"
        )
    click.echo(f"  ほかの全員 (all others): {folder / 'accounts.json'}")
    click.echo("")
    click.echo("開くところ (to open):")
    codes = [f"/verify/{story['sealed']['code']}"] if "sealed" in story else []
    for path in ("/", "/phone/", "/console/", "/api/v1/docs", "/api/v1/problems", *codes):
        click.echo(f"  {settings.base_url}{path}")
    month = f"/api/v1/months/{story['month']}"
    click.echo(
        f"  {settings.base_url}{month}/report.pdf?unit_id={story['station_unit_id']}  (with the officer's token)"
    )
    click.echo("")
