"""The application made from the environment; nothing else."""

from __future__ import annotations

import os
from pathlib import Path

from api import create_app
from brigade.settings import Settings

app = create_app(Settings.from_environ(os.environ, Path(__file__).parent))
