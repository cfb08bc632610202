"""Pages by WeasyPrint: every text of the page as an element of HTML that stands at its place."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

import weasyprint

from bench.baselines.canvas import path_of

STYLE = "section { position: relative; break-after: page } section:last-child { break-after: auto }"
TEXT = "p { position: absolute; margin: 0; line-height: 1; white-space: pre }"


def draw(pages: Iterable[dict[str, Any]]) -> bytes:
    """The document. ``pages``: their size in points and their marks (``bench/pages.py``); of these the texts."""
    faces: set[str] = set()
    sizes: set[tuple[float, float]] = set()
    body = []
    for page in pages:
        wide, high = page["size"]
        texts = [mark[1:] for mark in page["marks"] if mark[0] == "text"]
        faces |= {file for _, _, _, file, *_ in texts}
        sizes.add((wide, high))
        body.append(f'<section style="page: {_name(wide, high)}; height: {high - 1}pt">{_texts(texts, high)}</section>')
    boxes = "".join(f"@page {_name(*size)} {{ size: {size[0]}pt {size[1]}pt; margin: 0 }}" for size in sizes)
    html = f"<style>{''.join(map(_face, sorted(faces)))}{boxes}{STYLE}{TEXT}</style>{''.join(body)}"
    return bytes(weasyprint.HTML(string=html).write_pdf())


def _texts(texts: Iterable[list[Any]], high: float) -> str:
    return "".join(
        f'<p style="left: {x:.2f}pt; top: {high - y - size:.2f}pt; font: {size}pt {_stem(file)}'
        f'{"; transform: rotate(-90deg)" if upward else ""}">{escape(words)}</p>'
        for x, y, words, file, size, _, upward in texts
    )


def _name(wide: float, high: float) -> str:
    return "lying" if wide > high else "upright"


def _stem(file: str) -> str:
    return Path(file).stem


def _face(file: str) -> str:
    return f"@font-face {{ font-family: {_stem(file)}; src: url({path_of(file).as_uri()}) }}"
