"""The Flask application put together from settings."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request
from sqlalchemy.engine import make_url
from werkzeug.middleware.proxy_fix import ProxyFix

from api import (
    activities,
    approvals,
    attachments,
    auth,
    backup_commands,
    calendar,
    closing,
    command_refusals,
    commands,
    compression,
    data_requests,
    devices,
    disputes,
    editions,
    erasures,
    events,
    explain,
    form_commands,
    forms,
    holds,
    inbox,
    invitations,
    job_commands,
    jobs,
    me,
    meta,
    metrics,
    migrating,
    months,
    notice_ways,
    notices,
    openapi,
    organisation,
    own_record,
    pace,
    pay,
    phone,
    problems,
    replica,
    retention,
    retention_commands,
    roster_imports,
    scan_review,
    scans,
    sealing,
    second_factors,
    sessions,
    statistics,
    sync,
    units,
    uploads,
    verify,
    viewings_command,
)
from api.console import account as console_account
from api.console import corrections as console_corrections
from api.console import deputies as console_deputies
from api.console import editions as console_editions
from api.console import events as console_events
from api.console import figures as console_figures
from api.console import inbox as console_inbox
from api.console import members as console_members
from api.console import months as console_months
from api.console import office as console_office
from api.console import office_audit as console_office_audit
from api.console import office_devices as console_office_devices
from api.console import office_disputes as console_office_disputes
from api.console import office_erasure as console_office_erasure
from api.console import office_holds as console_office_holds
from api.console import office_kinds as console_office_kinds
from api.console import office_moves as console_office_moves
from api.console import office_pay as console_office_pay
from api.console import office_posts as console_office_posts
from api.console import office_requests as console_office_requests
from api.console import office_retention as console_office_retention
from api.console import office_rosters as console_office_rosters
from api.console import office_settings as console_office_settings
from api.console import office_units as console_office_units
from api.console import own_devices as console_own_devices
from api.console import own_notices as console_own_notices
from api.console import own_password as console_own_password
from api.console import pages as console_pages
from api.console import passkeys as console_passkeys
from api.console import planning as console_planning
from api.console import plans as console_plans
from api.console import reports as console_reports
from api.console import scan_pages as console_scan_pages
from api.console import scans as console_scans
from api.console import search as console_search
from api.console import session as console_session
from api.console import silent as console_silent
from api.console import start as console_start
from api.console import statistics as console_statistics
from api.endpoint import API, register
from api.extensions import STORAGE, db
from api.json_provider import OrjsonProvider
from api.late_rule import LateRule
from brigade import tables
from brigade.connections import prepare_engine
from brigade.files.storage import storage_for
from brigade.forms import shelf
from brigade.private_files import make_folder, shut_out_others
from brigade.settings import Settings

MAX_REQUEST = 32 * 1024 * 1024
HSTS = "max-age=31536000"
"""For a year a browser comes by HTTPS alone, also where somebody types the bare name in a strange Wi-Fi."""

RESOURCES = (
    sessions.resource,
    me.resource,
    devices.resource,
    second_factors.resource,
    invitations.resource,
    units.resource,
    organisation.resource,
    roster_imports.resource,
    activities.resource,
    attachments.resource,
    uploads.resource,
    approvals.resource,
    inbox.resource,
    events.resource,
    calendar.resource,
    forms.resource,
    scans.resource,
    scan_review.resource,
    notices.resource,
    notice_ways.resource,
    jobs.resource,
    sync.resource,
    months.resource,
    closing.resource,
    sealing.resource,
    editions.resource,
    verify.resource,
    explain.resource,
    statistics.resource,
    pay.resource,
    own_record.resource,
    disputes.resource,
    data_requests.resource,
    retention.resource,
    holds.resource,
    erasures.resource,
    openapi.resource,
)

SCREENS = (
    console_account.screens,
    console_inbox.screens,
    console_reports.screens,
    console_search.screens,
    console_corrections.screens,
    console_events.screens,
    console_members.screens,
    console_deputies.screens,
    console_planning.screens,
    console_plans.screens,
    console_scans.screens,
    console_scan_pages.screens,
    console_own_devices.screens,
    console_own_notices.screens,
    console_own_password.screens,
    console_passkeys.screens,
    console_months.screens,
    console_figures.screens,
    console_editions.screens,
    console_statistics.screens,
    console_office.screens,
    console_office_rosters.screens,
    console_office_posts.screens,
    console_office_devices.screens,
    console_office_moves.screens,
    console_office_units.screens,
    console_office_settings.screens,
    console_office_pay.screens,
    console_office_kinds.screens,
    console_office_audit.screens,
    console_office_disputes.screens,
    console_office_retention.screens,
    console_office_holds.screens,
    console_office_erasure.screens,
    console_office_requests.screens,
    console_silent.screens,
    console_start.screens,
)


def create_app(settings: Settings) -> Flask:
    """The application for these settings; opens no connection yet."""
    app = Flask(__name__, static_folder=None)
    app.json = OrjsonProvider(app)
    app.url_rule_class = LateRule  # declared for the class
    app.config.update(
        PROPAGATE_EXCEPTIONS=False,
        MAX_CONTENT_LENGTH=MAX_REQUEST,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(settings),
        BRIGADE=settings,
    )
    app.url_map.strict_slashes = False
    logging.getLogger("brigade").setLevel(settings.log_level)
    if settings.embedded:
        _make_private(settings.database_url)
    if settings.proxies:
        hops = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.extensions[STORAGE] = storage_for(settings.storage_url)
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    replica.install(app, settings)
    migrating.install(app)
    auth.install(app, settings)
    pace.install(app, settings)
    problems.install(app)
    metrics.install(app)
    compression.install(app)
    shelf.forms()  # a slip in a form stops the start
    register(app, RESOURCES)
    app.register_blueprint(meta.pages)
    app.register_blueprint(verify.pages)
    console_session.install(app, settings)
    console_pages.install(app)
    for screens in SCREENS:
        app.register_blueprint(screens)
    app.register_blueprint(phone.pages)
    commands.install(app)
    backup_commands.install(app)
    form_commands.install(app)
    retention_commands.install(app)
    job_commands.install(app)
    viewings_command.install(app)
    command_refusals.cover(app.cli)
    app.after_request(_headers)
    assert tables.METADATA is db.metadata
    return app


def _engine_options(settings: Settings) -> dict[str, Any]:
    if settings.embedded:
        # One connection per request; SQLite's own lock orders the writers (busy_timeout in prepare_engine).
        return {"connect_args": {"timeout": 15}, "pool_size": 16, "max_overflow": 16}
    return {"pool_size": 10, "max_overflow": 10, "pool_recycle": 1800, "pool_timeout": 10}


def _make_private(url: str) -> None:
    name = make_url(url).database
    if name and name != ":memory:":
        make_folder(Path(name).parent)
        shut_out_others(Path(name))


def _headers(response: Response) -> Response:
    """What every answer carries: nothing sniffed, framed, referred or kept by a cache in between."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("X-Frame-Options", "DENY")  # frame-ancestors says it; checklists ask for this one
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("X-Request-Id", problems.request_id())
    response.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    )
    if request.path.startswith(API):
        response.headers.setdefault("Cache-Control", "no-store")
    address = urlsplit(current_app.config["BRIGADE"].base_url)
    if address.scheme == "https" and address.port is None:  # what is said holds for all ports of the name
        response.headers.setdefault("Strict-Transport-Security", HSTS)
    return response
