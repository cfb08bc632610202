"""The tables and serializers of ``drf_post``."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from rest_framework import serializers


class Table(models.Model):
    """What all have in common."""

    class Meta:
        abstract = True
        app_label = "rest_framework"


class Member(Table):
    """Who files."""

    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=100)
    active = models.BooleanField()


class Report(Table):
    """A report."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.CharField(max_length=8)
    unit_id = models.UUIDField(db_index=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    place = models.CharField(max_length=100)
    summary = models.TextField()
    details = models.JSONField()
    author = models.ForeignKey(Member, models.PROTECT)
    state = models.CharField(max_length=12)
    created_at = models.DateTimeField()


class Of(Table):
    """A row that belongs to a report."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="%(class)ss")

    class Meta(Table.Meta):
        abstract = True


class Participant(Of):
    """Who came."""

    member_id = models.UUIDField(db_index=True)
    position = models.IntegerField()
    role = models.CharField(max_length=16)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    acted = models.BooleanField()
    injured = models.BooleanField()


class Event(Of):
    """What happened."""

    seq = models.IntegerField()
    action = models.CharField(max_length=16)
    member = models.ForeignKey(Member, models.PROTECT)
    at = models.DateTimeField()


class Version(Of):
    """The content as it was sent."""

    content = models.JSONField()
    at = models.DateTimeField()


class Words(Of):
    """What is looked for."""

    text = models.TextField()


class Notice(Of):
    """Whom to tell."""

    to = models.UUIDField(db_index=True)
    at = models.DateTimeField(db_index=True)


class Link(Of):
    """A link of the history."""

    seq = models.IntegerField()
    digest = models.BinaryField()


class Change(Of):
    """For who catches up."""

    at = models.DateTimeField(db_index=True)


class Creation(Table):
    """The answer, for the same request once more."""

    id = models.UUIDField(primary_key=True)
    member = models.ForeignKey(Member, models.PROTECT)
    digest = models.CharField(max_length=64)
    body = models.TextField()
    at = models.DateTimeField()


ALL = (Member, Report, Participant, Event, Version, Words, Notice, Link, Change, Creation)


class ParticipantIn(serializers.ModelSerializer[Participant]):
    """One who came, as sent and as answered."""

    class Meta:
        model = Participant
        fields = ("member_id", "role", "started_at", "ended_at", "acted", "injured")


class ReportIn(serializers.Serializer[Any]):
    """A report as sent."""

    id = serializers.UUIDField()
    kind = serializers.CharField(max_length=8)
    unit_id = serializers.UUIDField()
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField()
    place = serializers.CharField(max_length=100)
    summary = serializers.CharField(max_length=2000, allow_blank=True)
    details = serializers.DictField()
    participants = ParticipantIn(many=True)


class ReportOut(serializers.ModelSerializer[Report]):
    """A report as answered."""

    participants = ParticipantIn(many=True)

    class Meta:
        model = Report
        fields = (
            "id",
            "kind",
            "unit_id",
            "started_at",
            "ended_at",
            "place",
            "summary",
            "details",
            "state",
            "participants",
        )
