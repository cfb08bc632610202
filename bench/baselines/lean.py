"""A lean Flask application: SQLAlchemy, marshmallow and tokens are imported and used for one route."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_jwt_extended import JWTManager, verify_jwt_in_request
from flask_sqlalchemy import SQLAlchemy
from marshmallow import Schema, fields
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """The tables."""


class Report(Base):
    """One table."""

    __tablename__ = "reports"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]


class ReportIn(Schema):
    """What is sent."""

    id = fields.Integer(required=True)
    text = fields.String(required=True)


def app(address: str) -> Flask:
    """The application on this store."""
    made = Flask(__name__)
    driver = address.replace("postgresql://", "postgresql+psycopg://")
    made.config.update(SQLALCHEMY_DATABASE_URI=driver, JWT_SECRET_KEY="only-for-the-benchmark-" + "0" * 32)
    db: Any = SQLAlchemy(made, model_class=Base)
    JWTManager(made)
    body = ReportIn()

    @made.post("/reports")
    def store() -> tuple[dict[str, Any], int]:
        from flask import request

        verify_jwt_in_request()
        said = body.load(request.get_json())
        db.session.add(Report(**said))
        db.session.commit()
        return said, 201

    @made.get("/healthz")
    def alive() -> dict[str, bool]:
        return {"alive": True}

    return made
