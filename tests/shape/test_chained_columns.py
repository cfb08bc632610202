"""What the chain covers: every column of a report, its people, vehicles and pictures, and its history, or a reason why not."""

from __future__ import annotations

from brigade.activity.activities import ActivityReport, Participation, ReportAttachment, ReportVehicle
from brigade.activity.content import CONTENT_FIELDS, PERSON_FIELDS, PLAIN_FIELDS
from brigade.activity.history import ReportEvent, ReportVersion
from brigade.chain import format as form
from brigade.db import Base
from tools import chain_reports

CHAINED = {
    ActivityReport: {*form.ROW_FIELDS, *PLAIN_FIELDS},  # the content is hashed with the version that saved it
    Participation: {*PERSON_FIELDS},
    ReportVehicle: {"vehicle_id"},
    ReportAttachment: {"attachment_id"},
    ReportEvent: {*form.EVENT_FIELDS, *form.TEXT_FIELDS},
    ReportVersion: {*form.VERSION_FIELDS},
}
LEFT_OUT = {
    "participations.report_id": "the content that they are a part of is the report's",
    "participations.position": "the place in the content's list",
    "participations.claims_until": "follows from the times of the person and the report",
    "report_vehicles.report_id": "the content that it is a part of is the report's",
    "report_attachments.report_id": "the content that it is a part of is the report's",
    "report_attachments.position": "the place in the content's list",
    "report_events.nonce": "what the words are hashed with",
    "report_versions.nonce": "what the content is hashed with",
}
READ = {
    "activity_reports": {*chain_reports.REPORT, *chain_reports.CONTENT},
    "participations": {"report_id", "position", chain_reports.UNTIL, *chain_reports.PERSON},
    "report_vehicles": {"report_id", "vehicle_id"},
    "report_attachments": {"report_id", "attachment_id", "position"},
    "report_events": {*chain_reports.EVENT, *chain_reports.TEXT, "nonce"},
    "report_versions": {*chain_reports.VERSION, "nonce"},
}
"""What the verifying program reads of each table; it says so a second time, on purpose."""


def columns(model: type[Base]) -> set[str]:
    return {column.name for column in model.__table__.columns}


def test_every_column_is_hashed_or_left_out_for_a_reason() -> None:
    missing = {f"{model.__tablename__}.{name}" for model, held in CHAINED.items() for name in columns(model) - held}
    assert missing == LEFT_OUT.keys()
    assert all(held <= columns(model) for model, held in CHAINED.items())
    assert {*PLAIN_FIELDS, "participants", "vehicle_ids", "attachment_ids"} == {*CONTENT_FIELDS}


def test_no_table_of_a_report_is_forgotten() -> None:
    parts = {relation.mapper.class_ for relation in ActivityReport.__mapper__.relationships}
    assert {ActivityReport, *parts, ReportEvent, ReportVersion} == CHAINED.keys()


def test_the_verifying_program_reads_all_of_them() -> None:
    for model in CHAINED:
        _, read, _ = chain_reports.HISTORY[model.__tablename__]
        assert {*read} == READ[model.__tablename__] == columns(model)
