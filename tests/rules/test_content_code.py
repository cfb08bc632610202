"""The code on a document: made of a digest, forgiving to type, strict on errors; and as a QR code that can be scanned."""

from __future__ import annotations

import hashlib
import io
from itertools import combinations

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.graphics import renderPDF
from reportlab.pdfgen.canvas import Canvas

from brigade.month.content_code import LETTERS, content_code, parse_content_code
from reports.qr import qr_drawing
from tests.print import qr_reader

DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)
SOME = hashlib.sha256("令和8年11月".encode()).hexdigest()


@given(DIGESTS)
def test_a_code_is_twelve_plain_letters_and_reads_back(digest) -> None:
    code = content_code(digest)
    assert [len(group) for group in code.split("-")] == [4, 4, 4]
    assert set(code) <= set(LETTERS + "-")
    assert not set(code) & set("ILOU")
    assert parse_content_code(code) == code
    assert content_code(digest.upper()) == code


def test_the_code_is_the_digests_first_fifty_five_bits() -> None:
    assert content_code("0" * 64) == "0000-0000-0000"
    assert content_code("f" * 64)[:-1] == "ZZZZ-ZZZZ-ZZZ"
    assert content_code("8" + "0" * 63)[:-1] == "G000-0000-000"
    assert content_code(SOME[:14] + "0" * 50) == content_code(SOME[:14] + "f" * 50)
    bits = int(SOME, 16) >> 201
    assert [LETTERS.index(letter) for letter in content_code(SOME).replace("-", "")[:11]] == [
        bits >> 5 * place & 31 for place in range(10, -1, -1)
    ]
    assert len({content_code(hashlib.sha256(bytes([n % 256, n // 256])).hexdigest()) for n in range(5000)}) == 5000


@given(DIGESTS)
def test_no_wrong_letter_and_no_two_changed_about_are_taken(digest) -> None:
    code = content_code(digest).replace("-", "")
    for at, right in enumerate(code):
        for wrong in LETTERS:
            assert (parse_content_code(code[:at] + wrong + code[at + 1 :]) is not None) == (wrong == right)
    for a, b in combinations(range(12), 2):
        letters = list(code)
        letters[a], letters[b] = letters[b], letters[a]
        assert (parse_content_code("".join(letters)) is not None) == (code[a] == code[b])


TYPED = {
    "small": str.lower,
    "without dashes": lambda code: code.replace("-", ""),
    "with blanks": lambda code: f"  {code.replace('-', ' ')}\n",
    "with long marks": lambda code: code.replace("-", "ー"),
    "with minus signs": lambda code: code.replace("-", "−"),
    "with full-width blanks": lambda code: code.replace("-", "　"),
    "O and l": lambda code: code.replace("0", "O").replace("1", "l"),
    "o and I": lambda code: code.replace("0", "o").replace("1", "I"),
    "full width": lambda code: code.translate({n: n + 0xFEE0 for n in range(0x21, 0x7F)}),
}


@pytest.mark.parametrize("how", TYPED.values(), ids=TYPED)
def test_what_people_type_is_understood(how) -> None:
    codes = [content_code(hashlib.sha256(bytes([n])).hexdigest()) for n in range(40)]
    assert set("01") <= set("".join(codes))
    assert [parse_content_code(how(code)) for code in codes] == codes


@given(st.text(max_size=80) | st.text(LETTERS + "ilou-", max_size=16))
def test_any_text_is_a_code_or_none(text) -> None:
    found = parse_content_code(text)
    assert found is None or parse_content_code(found) == found


@pytest.mark.parametrize(
    "text", ["", "-", "0000-0000-000", "0000-0000-00000", "U000-0000-0000", "0" * 61, "0000-0000-0001", "٠" * 12]
)
def test_what_is_no_code_is_none(text) -> None:
    assert parse_content_code(text) is None


@pytest.mark.parametrize("digest", ["", "ab", "g" * 64, "0" * 63, "0" * 65, "0" * 63 + "\n"])
def test_only_a_sha_256_gives_a_code(digest) -> None:
    with pytest.raises(ValueError, match="not a SHA-256"):
        content_code(digest)


@pytest.mark.parametrize("base", ["https://b.jp", "https://brigade.city.example.lg.jp/verify"])
def test_the_qr_code_is_read_from_the_page(base) -> None:
    out = io.BytesIO()
    canvas = Canvas(out, (200, 200), invariant=1)
    renderPDF.draw(qr_drawing(f"{base}/{content_code(SOME)}", 90), canvas, 50, 60)
    canvas.showPage()
    canvas.save()
    with pypdfium2.PdfDocument(out.getvalue()) as document:
        found = qr_reader.read(document[0].render(scale=4).to_pil())
    assert found.text == f"{base}/{content_code(SOME)}"
    assert found.level == "M"
    assert found.quiet >= 3.8


def test_a_qr_code_refuses_what_scanners_read_differently() -> None:
    with pytest.raises(ValueError, match="ASCII"):
        qr_drawing("検証", 90)
