"""Flask's side of the store: the session per request, and who it belongs to."""

from __future__ import annotations

from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

from brigade.db import Base

db = SQLAlchemy(model_class=Base)
migrate = Migrate()
