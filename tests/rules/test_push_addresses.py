"""Where push messages may be sent, what keys look like, and what settings of mail and push are taken (S-22)."""

from __future__ import annotations

from pathlib import Path

import pytest

from brigade.messages.mail import MailServer, mail_server
from brigade.messages.push import are_push_hosts, is_device_key, is_push_key, may_push_to, new_push_key
from brigade.settings import PUSH_HOSTS, Settings, SettingsError, push_key_of

POINT = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
SECRET = "BTBZMqHH6r4Tts7J_aSIgg"
"""From the example of RFC 8291, 5."""

ELSEWHERE = [
    "https://evil.example.jp/x", "http://fcm.googleapis.com/x", "https://fcm.googleapis.com:8443/x",
    "https://fcm.googleapis.com@evil.example.jp/", "https://u:p@fcm.googleapis.com/", "https://fcm.googleapis.com.evil.jp/",
    "https://xfcm.googleapis.com/", "https://push.apple.com/", "https://evilpush.apple.com/", "ftp://fcm.googleapis.com/",
    "https://127.0.0.1/", "https://169.254.169.254/latest/meta-data", "http://localhost/", "file:///etc/passwd",
    "https://fcm.googleapis.com\\@evil.jp/", "https://fcm.googleapis.com /", "https://[::1]/", "//fcm.googleapis.com/",
    "https://fcm。googleapis。com/", "https://fcm.googleapis.com/#x", "https://:443/", "https://fcm.googleapis.com:99999/",
    "javascript:alert(1)", "x", "", "https://", "https://[", "https://fcm.googleapis.com\r\nX: y/", "https://push.apple.com.evil.jp/",
]  # fmt: skip
KNOWN = [
    "https://fcm.googleapis.com/fcm/send/abc", "https://web.push.apple.com/QPH", "https://FCM.googleapis.com/x",
    "https://updates.push.services.mozilla.com/wpush/v2/gA", "https://wns2-by3p.notify.windows.com/w/?token=x",
    "https://fcm.googleapis.com:443/x",
]  # fmt: skip


@pytest.mark.parametrize(
    ("endpoint", "may"), [(one, may) for some, may in ((ELSEWHERE, False), (KNOWN, True)) for one in some]
)
def test_messages_go_to_known_push_services_alone(endpoint: str, may: bool) -> None:
    assert may_push_to(endpoint, PUSH_HOSTS) is may


def test_this_machine_is_a_push_service_where_a_setting_says_so() -> None:
    assert may_push_to("http://127.0.0.1:9000/x", "http://127.0.0.1:9000,*.push.apple.com")
    for endpoint in ("http://127.0.0.1:9001/x", "https://127.0.0.1:9000/x", "http://127.0.0.1.evil.jp:9000/"):
        assert not may_push_to(endpoint, "http://127.0.0.1:9000")
    assert not are_push_hosts("http://10.0.0.1:9000")


@pytest.mark.parametrize(
    "hosts", ["*", "", ",", "https://fcm.googleapis.com", "*.", "a b.jp", "*.*.jp", "localhost", "x.jp,"]
)
def test_wrong_lists_of_hosts_are_refused(hosts: str) -> None:
    assert not are_push_hosts(hosts)


@pytest.mark.parametrize(
    ("p256dh", "auth", "good"),
    [
        (POINT, SECRET, (True, True)), (POINT + "=", SECRET + "==", (True, True)), (POINT[:-4], SECRET, (False, True)),
        ("BA", "AAAA", (False, False)), ("B" * 87, "!" * 22, (False, False)), ("", "", (False, False)),
        ("A" * 88, "あ", (False, False)), ("あ", SECRET[:-3], (False, False)),
    ],
)  # fmt: skip
def test_keys_of_a_device(p256dh: str, auth: str, good: tuple[bool, bool]) -> None:
    assert is_device_key(p256dh, auth) == good


def test_keys_of_the_server() -> None:
    assert all(is_push_key(new_push_key()) for _ in range(20))
    for wrong in ("", "AAAA", "A" * 43, "_" * 43, "é", POINT, "/" * 43):
        assert not is_push_key(wrong)


def test_addresses_of_mail_servers() -> None:
    assert mail_server("none://") is None
    assert mail_server("smtp://mail.example.jp?from=a@example.jp") == MailServer(
        "mail.example.jp", 587, "", "", "a@example.jp", "offered"
    )
    assert mail_server("smtps://u%40x:p%3A%2F@mail.example.jp:1465/?from=a@example.jp") == MailServer(
        "mail.example.jp", 1465, "u@x", "p:/", "a@example.jp", "implicit"
    )
    found = mail_server("smtp://h?from=a@example.jp&tls=required")
    assert found is not None
    assert found.tls == "required"


@pytest.mark.parametrize(
    "url",
    [
        "smtp://", "smtp://h", "http://h?from=a@b.jp", "smtp://h?from=a", "smtp://h?from=a@b.jp%0d%0aBcc:x@y.jp",
        "smtp://h?from=a@b.jp&tls=no", "smtp://h?from=a@b.jp&x=1", "smtp://h:99999?from=a@b.jp", "smtp://h/x?from=a@b.jp",
        "smtp://u:geheim%0A@h?from=a@b.jp", "smtp://u:geheim@?from=a@b.jp", "mail.example.jp", "smtp://h?from",
    ],
)  # fmt: skip
def test_a_wrong_address_of_a_mail_server_refuses_to_start_and_names_the_variable(url: str, tmp_path: Path) -> None:
    environ = {"BRIGADE_MAIL_URL": url, "BRIGADE_SECRET_KEY": "0" * 32}
    with pytest.raises(SettingsError, match=r"^BRIGADE_MAIL_URL: ") as refusal:
        Settings.from_environ(environ, tmp_path)
    assert "geheim" not in str(refusal.value)


@pytest.mark.parametrize(("name", "value"), [("PUSH_KEY", "abc"), ("PUSH_HOSTS", "https://x.jp")])
def test_wrong_settings_of_push_name_the_variable(name: str, value: str, tmp_path: Path) -> None:
    environ = {f"BRIGADE_{name}": value, "BRIGADE_SECRET_KEY": "0" * 32}
    with pytest.raises(SettingsError, match=f"^BRIGADE_{name}: "):
        Settings.from_environ(environ, tmp_path)


def test_the_embedded_installation_makes_its_push_key_when_it_needs_one(tmp_path: Path) -> None:
    settings = Settings.from_environ({"BRIGADE_SECRET_KEY": "0" * 32}, tmp_path)
    path = tmp_path / "var" / "push-key"
    assert not path.exists()
    key = push_key_of(settings)
    assert is_push_key(key)
    assert path.stat().st_mode & 0o777 == 0o600
    assert push_key_of(settings) == key
    assert [file.name for file in path.parent.iterdir()] == ["push-key"]
    path.write_text("broken")
    with pytest.raises(SettingsError, match="push-key"):
        push_key_of(settings)
