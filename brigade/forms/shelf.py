"""All forms of ``rules/forms``, read once. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from brigade.forms.template import Template
from brigade.forms.template_file import read_template

FORMS = Path(__file__).parents[1] / "rules" / "forms"


def load_forms(folder: Path = FORMS) -> Mapping[tuple[str, int], Template]:
    """Every version of every form by code and version, ours first. ValueError where two contradict each other."""
    found = [read_template(path) for path in sorted(folder.glob("*.yaml"))]
    shelf: dict[tuple[str, int], Template] = {}
    marks: dict[int, str] = {}
    for template in sorted(
        found, key=lambda one: (not one.own, min((m.id for m in one.markers), default=99), one.code)
    ):
        key = (template.code, template.version)
        if key in shelf:
            raise ValueError(f"{template.code} {template.version}: stands there twice")
        shelf[key] = template
        for marker in template.markers:
            if marks.setdefault(marker.id, template.code) != template.code:
                raise ValueError(f"{template.code}: the mark {marker.id} is that of {marks[marker.id]}")
    return MappingProxyType(shelf)


@lru_cache(maxsize=1)
def forms() -> Mapping[tuple[str, int], Template]:
    """The product's own, read once."""
    return load_forms()


def newest() -> dict[str, Template]:
    """The version of each form that is printed now, by code."""
    found: dict[str, Template] = {}
    for (code, version), template in forms().items():
        if code not in found or found[code].version < version:
            found[code] = template
    return found
