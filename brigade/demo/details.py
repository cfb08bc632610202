"""What invented reports say in the fields of their kind, in the one spelling in which checked values are stored."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from brigade.activity.details import instant_text
from brigade.dates import TOKYO, era_year, tokyo_day
from brigade.demo.diary import Activity
from brigade.demo.summaries import place_of
from brigade.organisation.people import Member

MINUTE = dt.timedelta(minutes=1)
Values = dict[str, Any]


@dataclass(slots=True)
class Scene:
    """One unit's part in an activity, as far as details need it. ``odometers`` are the vehicles' readings by now."""

    rng: Random
    activity: Activity
    started_at: dt.datetime
    ended_at: dt.datetime
    people: Sequence[Member]
    roster: Sequence[Member]
    vehicle_id: uuid.UUID | None
    odometers: dict[uuid.UUID, int]

    @property
    def incident_no(self) -> str:
        """One number for all units at an incident."""
        return f"{era_year(tokyo_day(self.activity.started_at))[:-1]}-{self.activity.number:05d}"

    def often(self, chance: float) -> bool:
        """True in that part of all cases."""
        return self.rng.random() < chance


def details_of(kind: str, scene: Scene) -> Values:
    """The details of a report; a field that nobody filled in is left out."""
    return {name: value for name, value in MAKERS[kind](scene).items() if value is not None}


def _halves(count: int) -> int | float:
    """Half of it; a whole number stays one, as checked values do."""
    return count / 2 if count % 2 else count // 2


def _fire(s: Scene) -> Values:
    at = s.started_at
    arrived = at + MINUTE * s.rng.randint(4, 15)
    return {
        "incident_no": s.incident_no,
        "alarm_at": instant_text(at - MINUTE * s.rng.randint(1, 6)),
        "depart_at": instant_text(at),
        "arrive_at": instant_text(arrived),
        "water_on_at": instant_text(arrived + MINUTE * s.rng.randint(2, 12)) if s.often(0.6) else None,
        "withdraw_at": instant_text(s.ended_at - MINUTE * s.rng.randint(5, 20)),
        "fire_class": s.rng.choice(("building", "building", "building", "forest", "vehicle", "other")),
        "hoses_laid": s.rng.randint(1, 12) if s.often(0.6) else None,
        "hose_mm": s.rng.choice((50, 65)) if s.often(0.5) else None,
        "pressure_mpa": s.rng.choice((0.3, 0.4, 0.45, 0.5)) if s.often(0.4) else None,
        "result": s.rng.choice(("extinguished", "stood_by")),
    }


def _help(s: Scene) -> Values:
    handed_over = s.rng.choice(("ambulance", "rescue_team"))
    return {"incident_no": s.incident_no, "persons_helped": s.rng.randint(1, 2), "handed_over_to": handed_over}


def _storm(s: Scene) -> Values:
    tasks = s.rng.sample(("patrol", "sandbags", "evacuation", "pumping", "shelter"), s.rng.randint(1, 3))
    sandbags = s.rng.randint(2, 30) * 10 if "sandbags" in tasks else None
    evacuees = s.rng.randint(1, 40) if "evacuation" in tasks else None
    return {"incident_no": s.incident_no, "task": tasks, "sandbags": sandbags, "evacuees": evacuees}


def _search(s: Scene) -> Values:
    found = s.activity.number % 3 != 0
    return {"requester": "police", "area": f"{s.activity.town}一帯", "found": found}


def _false_alarm(s: Scene) -> Values:
    return {"incident_no": s.incident_no, "why": s.rng.choice(("mistaken", "alarm_fault", "already_out", "recalled"))}


def _guard(s: Scene) -> Values:
    return {"route": f"{s.activity.town}一円", "rounds": s.rng.randint(1, 4)}


def _drill(s: Scene) -> Values:
    joint = s.activity.host is not None
    month = s.started_at.astimezone(TOKYO).month
    drill_type = s.rng.choice(("joint", "relay") if joint else ("pump", "pump", "pump", "hose", "hose", "discipline"))
    safety = s.rng.choice(s.people).id if len(s.people) > 4 and s.often(0.4) else None
    return {
        "drill_type": drill_type,
        "safety_officer_id": str(safety) if safety else None,
        "weather": s.rng.choice(("sunny", "sunny", "cloudy", "rain")) if s.often(0.7) else None,
        "heat_index_c": _halves(s.rng.randint(48, 62)) if month in (7, 8) and s.often(0.7) else None,
    }


def _course(s: Scene) -> Values:
    return {
        "school": "県消防学校",
        "course": s.rng.choice(("普通救命講習", "基礎教育", "機関員課程", "幹部教育")),
        "hours": _halves((s.ended_at - s.started_at) // (MINUTE * 30)),
    }


def _residents(s: Scene) -> Values:
    return {
        "host": f"{s.activity.town}自治会",
        "audience": s.rng.randint(8, 120),
        "aed_cpr": s.often(0.3) or None,
        "leaflets": s.rng.randint(1, 20) * 10 if s.often(0.3) else None,
    }


def _patrol(s: Scene) -> Values:
    return {"distance_km": s.rng.randint(2, 12)}


def _sources(s: Scene) -> Values:
    results = ("ok", "ok", "ok", "ok", "ok", "ok", "lid", "blocked", "leak", "sign")
    rows = [
        {"source_id": f"{s.rng.choice('消防')}-{s.rng.randint(1, 2400):04d}", "result": s.rng.choice(results)}
        for _ in range(s.rng.randint(2, 8))
    ]
    return {"sources": rows}


def _homes(s: Scene) -> Values:
    return {"homes_visited": s.rng.randint(5, 40)}


def _meeting(s: Scene) -> Values:
    return {"body": s.rng.choice(("定例会", "幹部会議", "操法大会の打合せ"))}


def _check(s: Scene) -> Values:
    results = ("ok", "ok", "ok", "ok", "ok", "ok", "ok", "watch", "ng")
    names = s.rng.sample(("可搬ポンプ", "ホース", "吸管", "管そう", "投光器", "発電機", "チェーンソー", "無線機"), 4)
    return {
        "cycle": s.rng.choice(("monthly", "monthly", "monthly", "after_use", "weekly")),
        "items": [{"item": name, "result": s.rng.choice(results)} for name in names],
        "pump_started": s.often(0.95),
        "vacuum_kpa": s.rng.randint(80, 93) if s.often(0.4) else None,
    }


def _defect(s: Scene) -> Values:
    return {
        "item": s.rng.choice(("可搬ポンプのバッテリー", "ホース（65mm）", "投光器", "積載車の右後輪", "無線機")),
        "severity": s.rng.choice(("usable", "limited", "unusable")),
        "progress": s.rng.choice(("open", "ordered", "done")),
    }


def _driving(s: Scene) -> Values:
    refuel = s.often(0.5)
    values: Values = {
        "purpose": "refuel" if refuel else s.rng.choice(("inspection", "drill", "other")),
        "fuel_l": _halves(s.rng.randint(20, 120)) if refuel else None,
        "fuel_kind": "diesel" if refuel else None,
        "checks": ["tyres", "lights", "brakes", "oil"],
        "alcohol_checked_at": instant_text(s.started_at - MINUTE * 5),
        "alcohol_method": "detector",
        "alcohol_result": "clear",
    }
    if s.vehicle_id is not None:
        before = s.odometers.get(s.vehicle_id) or s.rng.randint(3_000, 40_000)
        s.odometers[s.vehicle_id] = before + s.rng.randint(3, 25)
        values |= {"odometer_start_km": before, "odometer_end_km": s.odometers[s.vehicle_id]}
    return values


def _ceremony(s: Scene) -> Values:
    return {"event": "消防出初式" if s.activity.host else s.rng.choice(("表彰式", "入団式", "市民防災の日の式典"))}


def _other(s: Scene) -> Values:
    return {"activity": s.rng.choice(("器具置場の清掃", "地域行事の交通整理", "広報誌の取材への協力"))}


def _notice(s: Scene) -> Values:
    return {
        "planned_kind": s.rng.choice(("T-01", "T-01", "P-01", "G-01")),
        "expected_people": s.rng.randint(5, 30),
        "requested_by": f"{s.activity.town}自治会" if s.often(0.5) else None,
    }


def _injury(s: Scene) -> Values:
    place = place_of("T-01", s.rng, s.activity.town, "分団")
    return {
        "injured_member_id": str(s.rng.choice(s.roster).id),
        "injured_at": instant_text(s.started_at + MINUTE * 10),
        "duty": s.rng.choice(("drill", "disaster", "inspection")),
        "body_part": [s.rng.choice(("hand", "leg", "foot", "back"))],
        "how": f"{place}でホースを運ぶ途中に足を取られ、手をついた。",
        "hospital": "市民病院" if s.often(0.6) else None,
        "few_witnesses_reason": "近くにいた人が一人だけだったため",
    }


MAKERS: dict[str, Callable[[Scene], Values]] = {
    "D-01": _fire, "D-02": _help, "D-03": _help, "D-04": _storm, "D-05": _search, "D-06": _false_alarm,
    "G-01": _guard, "G-02": _guard, "T-01": _drill, "T-02": _course, "P-01": _residents, "P-02": _patrol,
    "S-01": _sources, "S-02": _homes, "M-01": _meeting, "E-01": _check, "E-02": _defect, "V-01": _driving,
    "C-01": _ceremony, "X-01": _other, "N-01": _notice, "I-01": _injury,
}  # fmt: skip
