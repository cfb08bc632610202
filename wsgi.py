"""The application made from the environment; nothing else."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from api import create_app
from brigade.settings import Settings, SettingsError

try:
    app = create_app(Settings.from_environ(os.environ, Path(__file__).parent))
except SettingsError as error:
    sys.exit(f"Brigade does not start. {error}")
