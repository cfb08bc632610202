"""A report filed with Django REST Framework: token, member, idempotency, serializers, models, one transaction, one answer.

As many rows as the product writes for one report, in tables of its own; the people to tell and the texts to look for are
handed in (``bench/filing.py``), the rules of the product are not asked.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django
import jwt
from django.conf import settings
from django.db import connection

KEY = "only-for-the-benchmark-" + "0" * 32
urlpatterns: list[Any] = []
"""What Django looks for in the module that ``ROOT_URLCONF`` names."""


def app(address: str, file: str) -> Any:
    """The WSGI application on tables of its own in this store."""
    settings.configure(
        DEBUG=False, ALLOWED_HOSTS=["127.0.0.1"], SECRET_KEY=KEY, USE_TZ=True, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        DATABASES={"default": _database(address)}, INSTALLED_APPS=["rest_framework"], ROOT_URLCONF=__name__,
        REST_FRAMEWORK={
            "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
            "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
            "DEFAULT_AUTHENTICATION_CLASSES": [], "DEFAULT_PERMISSION_CLASSES": [], "UNAUTHENTICATED_USER": None,
        },
    )  # fmt: skip
    django.setup()
    from bench.baselines import drf_models

    rows = json.loads(Path(file).read_text(encoding="utf-8"))
    with connection.schema_editor() as editor:
        for model in drf_models.ALL:
            editor.create_model(model)
    author = uuid.UUID(rows["activity_reports"][0]["author_id"])
    drf_models.Member.objects.create(id=author, name="会員", active=True)
    connection.close()
    token = jwt.encode({"sub": str(author)}, KEY, "HS256")
    urlpatterns.extend(_urls(_view(drf_models, rows, token)))
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()


def _database(address: str) -> dict[str, Any]:
    if address.startswith("postgresql"):
        from psycopg.conninfo import conninfo_to_dict

        said = conninfo_to_dict(address)
        return {
            "ENGINE": "django.db.backends.postgresql", "NAME": said["dbname"], "USER": said["user"],
            "HOST": said["host"], "CONN_MAX_AGE": None,
        }  # fmt: skip
    pragmas = "PRAGMA synchronous = FULL; PRAGMA journal_mode = TRUNCATE; PRAGMA foreign_keys = ON"
    return {
        "ENGINE": "django.db.backends.sqlite3", "NAME": address.removeprefix("sqlite:///"), "CONN_MAX_AGE": None,
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "init_command": pragmas, "timeout": 60},
    }  # fmt: skip


def _urls(view: Any) -> list[Any]:
    from django.urls import path

    return [path("api/v1/activity-reports", view)]


def _view(models: Any, rows: dict[str, Any], token: str) -> Callable[..., Any]:
    """What answers a POST."""
    from django.db import transaction
    from rest_framework.exceptions import NotAuthenticated, ValidationError
    from rest_framework.response import Response
    from rest_framework.views import APIView

    told = [uuid.UUID(row["member_id"]) for row in rows["notices"]]
    words = rows["report_words"][0]["pieces"]

    class Reports(APIView):
        def post(self, request: Any) -> Response:
            claims = jwt.decode(token, KEY, ["HS256"])  # the client of the measurement knows no key of ours
            member = models.Member.objects.filter(id=claims["sub"], active=True).first()
            if member is None:
                raise NotAuthenticated()
            sent = models.ReportIn(data=request.data)
            sent.is_valid(raise_exception=True)
            said, now = sent.validated_data, datetime.now(UTC)
            with transaction.atomic():
                made = models.Creation.objects.filter(id=said["id"]).first()
                if made is not None:
                    return Response(json.loads(made.body), 201)
                if said["ended_at"] <= said["started_at"]:
                    raise ValidationError("times")
                report = self._store(said, member, now)
                body = models.ReportOut(report).data
                text = json.dumps(body, ensure_ascii=False)
                digest = hashlib.sha256(text.encode()).hexdigest()
                models.Creation.objects.create(id=report.id, member=member, digest=digest, body=text, at=now)
            return Response(body, 201)

        def _store(self, said: dict[str, Any], member: Any, now: datetime) -> Any:
            people = said.pop("participants")
            report = models.Report.objects.create(author=member, state="in_review", created_at=now, **said)
            models.Participant.objects.bulk_create(
                models.Participant(report=report, position=place, **one) for place, one in enumerate(people)
            )
            models.Event.objects.bulk_create(
                models.Event(report=report, seq=seq, action=action, member=member, at=now)
                for seq, action in enumerate(("create", "submit"), 1)
            )
            models.Version.objects.create(report=report, content=json.loads(json.dumps(said, default=str)), at=now)
            models.Words.objects.create(report=report, text=words)
            models.Notice.objects.bulk_create(models.Notice(report=report, to=to, at=now) for to in told)
            models.Link.objects.bulk_create(
                models.Link(report=report, seq=seq, digest=hashlib.sha256(bytes(seq)).digest()) for seq in (1, 2)
            )
            models.Change.objects.create(report=report, at=now)
            return report

    view: Callable[..., Any] = Reports.as_view()
    return view
