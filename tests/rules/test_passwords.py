"""What a password must be, and that it fits however it is typed (S-09)."""

from __future__ import annotations

import string
from unicodedata import normalize

import pytest
from argon2 import PasswordHasher, extract_parameters
from hypothesis import given
from hypothesis import strategies as st

from brigade.access import passwords
from brigade.access.passwords import ALONE_MIN, PASSWORD_MAX, WITH_FACTOR_MIN, check_new_password, fits, hash_password
from brigade.problems import Invalid

NAMES = ("sato-1000017", "1000017", "佐藤 太郎", "サトウ タロウ", "青葉市消防局", "青葉消防署", "第二分団第三班")


def verdict(password: str, *, second_factor: bool = False, names: tuple[str, ...] = NAMES) -> str:
    """The code of the refusal, or nothing."""
    try:
        check_new_password(password, names=names, second_factor=second_factor)
    except Invalid as refusal:
        [problem] = refusal.problems
        assert problem.pointer == "/new_password"
        return problem.code
    return ""


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "correcthorsebatterystaple",
        "まとい かかげる 朝の川 自転車",
        "みずうみのそばでねこがわらう",
        "夕焼け空と古い自転車と麦茶二杯",
        "うちの猫は消防車の音がきらいだ",  # a word of ours among one's own
        "佐藤家のねこは三毛で十四歳になる",
        "Tr0ub4dor&3 ga suki desu",
        "xK9#mQ2$vL7@pN4",
        "!?~^:;<>{}[]|*'",
        "x q z j k v b w p m g f d",
        "わたしの2019年の夏は北海道だった",
        "𠮷野家の牛丼を食べて帰る土曜の夜",
        "lapin-orage-trottinette",
        "いぬ" + "🐕🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔🐧",
    ],
)
def test_what_is_long_and_ones_own_passes(password: str) -> None:
    least = ALONE_MIN if len(normalize("NFKC", password)) >= ALONE_MIN else WITH_FACTOR_MIN
    assert verdict(password, second_factor=least == WITH_FACTOR_MIN) == ""


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword", "Password1234567!", "PASSWORD-PASSWORD", "p@ssw0rdp@ssw0rd", "123456789012345",
        "1234567890-12345", "qwertyuiopasdfgh", "QWERTYUIOP12345!", "1qaz2wsx3edc4rfv", "asdfghjkl;zxcvbnm",
        "aaaaaaaaaaaaaaaaaaaa", "aaaaaaaabbbbbbbbcccccccc", "abcabcabcabcabcabc", "abababbabaabbabab", "111122223333444455",
        "iloveyouiloveyou", "letmeinletmein123", "dragon1234567890", "zyxwvutsrqponml", "987654321098765432",
        "消防団消防団消防団消防団消防団", "消防団消防団消防団2026年！", "しょうぼうだんしょうぼうだん！", "ショウボウダンショウボウダン１２３",
        "shobodanshobodan1", "shouboudan-2026-11", "brigade-brigade-2026", "volunteerfirefighter1", "青葉市消防局青葉市消防局",
        "青葉消防署第二分団第三班！！", "佐藤太郎佐藤太郎佐藤太郎佐藤", "サトウタロウ1000017！", "ｻﾄｳﾀﾛｳｻﾄｳﾀﾛｳｻﾄｳ", "sato-1000017-sato-1000017",
        "あいうえおかきくけこさしすせそ", "いろはにほへとちりぬるを１２３４", "パスワードパスワードパスワード", "１２３４５６７８９０１２３４５",
        "令和8年令和8年令和8年令和8年", "20261108202611082026",
    ],
)  # fmt: skip
def test_what_anybody_would_try_is_refused(password: str) -> None:
    padded = password if len(normalize("NFKC", password)) >= ALONE_MIN else password * 2
    assert verdict(padded) == "weak-password", padded


def test_length_is_counted_in_characters_after_normalising() -> None:
    own = "まといかかげる朝の川自転車麦茶"
    assert len(own) == ALONE_MIN
    assert verdict(own) == ""
    assert verdict(own[:-1]) == "short-password"
    assert verdict("か\u3099" + own[:-2]) == "short-password"  # two code points that are one character
    assert verdict("ﾜﾀｼﾉ ﾊﾟｽﾊ ﾅｶﾞｲﾖ") == "short-password"  # 17 half-width pieces of 13 characters
    assert verdict("𠮷" * 3 + own[: ALONE_MIN - 3]) == ""  # outside the first plane: one each


def test_beside_a_second_factor_eight_are_enough() -> None:
    assert verdict("xq7Rvmzk", second_factor=True) == ""
    assert verdict("xq7Rvmz", second_factor=True) == "short-password"
    assert verdict("xq7Rvmzk") == "short-password"
    for weak in (
        "password",
        "12345678",
        "消防団消防団消防",
        "qwertyui",
        "佐藤太郎佐藤太郎",
        "aaaaaaaa",
        "password1",
        "shobodan",
    ):
        assert verdict(weak, second_factor=True) == "weak-password", weak


def test_long_ones_are_taken_whole() -> None:
    sentence = "".join(chr(0x4E00 + (7 * n) % 2000) for n in range(PASSWORD_MAX))
    assert verdict(sentence) == ""
    assert verdict(sentence[:64]) == ""
    assert verdict(sentence + "一") == "short-password"
    hashed = hash_password(sentence)
    assert fits(hashed, sentence)
    assert not fits(hashed, sentence[:-1])


def test_no_rule_asks_for_a_mix_of_characters() -> None:
    for letters in (
        string.ascii_lowercase,
        string.ascii_uppercase,
        string.digits,
        "ぬねのひふへほまみむめもやゆよらり",
    ):
        shuffled = "".join(sorted(letters * 2, key=lambda c: (ord(c) * 7919) % 101))[:16]
        assert verdict(shuffled) == "", shuffled


def test_it_fits_as_another_keyboard_types_it() -> None:
    hashed = hash_password("Ｆｕｊｉ ガッコウ 12")
    assert fits(hashed, "Fuji ガッコウ １２")
    assert fits(hashed, "Fuji ｶﾞｯｺｳ 12")
    assert fits(hashed, "Fuji カ\u3099ッコウ 12")
    assert not fits(hashed, "fuji ガッコウ 12")


def test_stored_hashes_go_on_fitting() -> None:
    """Made before passwords were normalised: NFKC of such a text is itself."""
    assert fits(PasswordHasher(1, 8, 1).hash("brigade-demo"), "brigade-demo")


@given(st.text(alphabet=string.printable, max_size=80))
def test_plain_letters_are_their_own_normal_form(password: str) -> None:
    assert normalize("NFKC", password) == password


@given(st.text(min_size=1, max_size=60), st.booleans())
def test_any_text_gets_one_verdict_however_it_is_composed(password: str, second_factor: bool) -> None:
    first = verdict(password, second_factor=second_factor)
    assert first in ("", "short-password", "weak-password")
    assert verdict(normalize("NFKC", password), second_factor=second_factor) == first


def test_without_an_account_nothing_fits_after_the_same_work() -> None:
    assert not fits(None, "nobody has this password")
    assert not fits(None, "")
    assert not fits("not a hash", "x")


def test_a_hash_of_other_parameters_is_to_be_made_anew() -> None:
    assert passwords.is_outdated(PasswordHasher(1, 16, 1).hash("x"))
    assert not passwords.is_outdated(passwords.HASHER.hash("x"))


def test_nobodys_hash_takes_as_long_to_compare_as_anybodys() -> None:
    kept = extract_parameters(passwords.NOBODY)
    assert (kept.time_cost, kept.memory_cost, kept.parallelism) == (2, 19 * 1024, 1)
    assert fits(passwords.NOBODY, "nobody has this password")
