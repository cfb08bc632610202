"""The example configurations in deploy/ know the program: its settings, commands, files, ports and times."""

from __future__ import annotations

import dataclasses
import os
import re
import subprocess
from configparser import RawConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from api import create_app
from api.stopping import LONGEST
from brigade.settings import Settings
from tests.conftest import settings_for
from tests.shape.test_docs import TEXTS
from tests.shape.test_house import ROOT

FOLDER = ROOT / "deploy"
UNITS = sorted((FOLDER / "systemd").iterdir())
ENVS = sorted(FOLDER.glob("*.env"))
FILES = [path for path in FOLDER.rglob("*") if path.is_file()]
KNOWN = {f"BRIGADE_{field.name.upper()}" for field in dataclasses.fields(Settings)} | {
    "BRIGADE_HOST",
    "BRIGADE_PROCESSES",
    "BRIGADE_STOP_NOTICE",
}


def assigned(path: Path) -> dict[str, str]:
    """The variables of a file of settings."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def unit(path: Path) -> dict[str, dict[str, list[str]]]:
    """A unit of systemd: sections, and the values of each name in their order."""
    found: dict[str, dict[str, list[str]]] = {}
    section = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
            found[section] = {}
        elif line and line[0] != "#":
            name, sign, value = line.partition("=")
            assert sign, line
            found[section].setdefault(name, []).append(value)
    RawConfigParser(strict=False).read_string(path.read_text(encoding="utf-8"))
    return found


def compose() -> dict[str, Any]:
    said: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
    return said


def test_settings_are_those_of_the_program() -> None:
    for path in FILES:
        named = set(re.findall(r"\bBRIGADE_[A-Z_]+", path.read_text(encoding="utf-8")))
        assert named <= KNOWN, path.name


@pytest.mark.parametrize("path", ENVS, ids=lambda path: path.name)
def test_values_in_capitals_are_all_that_must_be_changed(path: Path, tmp_path: Path) -> None:
    base = assigned(FOLDER / "brigade.env") | assigned(path)
    keys = {"BRIGADE_SECRET_KEY": "x" * 32, "BRIGADE_CHAIN_KEY": "A" * 43}
    settings = Settings.from_environ({**base, **{name: key for name, key in keys.items() if name in base}}, tmp_path)
    assert (settings.embedded, settings.proxies, settings.storage_url[:5]) == (False, 1, "s3://")


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_units_start_what_there_is(path: Path, tmp_path: Path) -> None:
    said = unit(path)
    if path.suffix == ".timer":
        assert path.with_suffix(".service") in UNITS
        assert said["Timer"]["OnCalendar"]
        return
    service = said["Service"]
    assert service["User"] == ["brigade"]
    assert (service["UMask"], service["StateDirectoryMode"]) == (["0077"], ["0700"]), (
        "names and injuries are in all of it"
    )
    assert set(service["EnvironmentFile"]) <= {f"/etc/brigade/{one.name}" for one in ENVS}
    commands = create_app(settings_for(f"sqlite:///{tmp_path}/x.sqlite3", tmp_path)).cli.list_commands
    for line in service["ExecStart"]:
        if flask := re.search(r"--app wsgi ([a-z-]+)", line):
            assert flask[1] in commands(None) or flask[1] == "db"  # type: ignore[arg-type]  # a group of commands lists them without a context
        else:
            assert re.search(r"-m api\.serve$|^/usr/bin/find ", line), line


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes the user of the services")
def test_a_command_by_hand_runs_as_the_units_do(tmp_path: Path) -> None:
    """A stand-in for the program tells how it was started."""
    settings, program = tmp_path / "etc", tmp_path / "current"
    (program / ".venv/bin").mkdir(parents=True)
    settings.mkdir()
    odd = "postgresql://brigade_app:a$b 'c\"&d#@db/brigade"
    (settings / "brigade.env").write_text(f"# a remark\nBRIGADE_DATABASE_URL={odd}\n\nBRIGADE_VAR=/var/lib/brigade")
    (settings / "owner.env").write_text("BRIGADE_DATABASE_URL=postgresql://brigade:x@db/brigade\n")
    stand_in = program / ".venv/bin/flask"
    stand_in.write_text('#!/bin/sh\npwd; umask; id -un; echo "$BRIGADE_DATABASE_URL"; echo "$BRIGADE_VAR"; echo "$@"\n')
    stand_in.chmod(0o755)
    script = (FOLDER / "brigade").read_text(encoding="utf-8")
    here = f"settings={settings} program={program} user=root"
    known = "settings=/etc/brigade program=/srv/brigade/current user=brigade"
    assert known in script
    (tmp_path / "brigade").write_text(script.replace(known, here))
    for owner, url in (([], odd), (["--owner"], "postgresql://brigade:x@db/brigade")):
        said = ["sh", tmp_path / "brigade", *owner, "backup", "check", "a b.tar"]
        done = subprocess.run(said, capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"]})
        assert done.stdout.splitlines() == [
            str(program), "0077", "root", url, "/var/lib/brigade", "--app wsgi backup check a b.tar",
        ]  # fmt: skip


def test_time_enough_is_left_to_stop() -> None:
    web = unit(FOLDER / "systemd/brigade-web@.service")["Service"]
    notice = int(re.findall(r"BRIGADE_STOP_NOTICE=(\d+)", web["Environment"][0])[0])
    assert int(web["TimeoutStopSec"][0]) >= notice + LONGEST + 5
    assert int(compose()["services"]["web1"]["stop_grace_period"].removesuffix("s")) >= notice + LONGEST + 5
    for name in ("Caddyfile", "compose/Caddyfile"):
        interval = re.findall(r"health_interval (\d+)s", (FOLDER / name).read_text(encoding="utf-8"))
        assert int(interval[0]) * 2 < notice, "the proxy has asked before the notice is over"


BY_HAND = {"command", "owner", "backup", "drill"}


def test_containers_are_two_of_each_and_their_files_are_there() -> None:
    services = compose()["services"]
    assert {"web1", "web2", "worker1", "worker2", "db", "store", "proxy", "upgrade", *BY_HAND} == set(services)
    for name, service in services.items():
        for volume in service.get("volumes", []):
            source = volume.replace("${BACKUPS:-backups}", "backups").split(":")[0]
            assert source in compose()["volumes"] or (FOLDER / source).is_file(), (name, source)
        for other in service.get("depends_on", []):
            assert other in services
    assert services["web1"] == services["web2"]
    assert "BRIGADE_DATABASE_URL" in services["worker1"]["environment"]
    assert "brigade_app" in services["web1"]["environment"]["BRIGADE_DATABASE_URL"]
    assert "depends_on" not in services["proxy"], "it would be stopped, and made anew, with each web process"
    for service in services.values():
        assert "BRIGADE_CHAIN_KEY" not in service.get("environment", {}) or service in (
            services["worker1"],
            services["worker2"],
        )


def test_containers_take_every_setting_there_is() -> None:
    """A setting that stands in .env and not in the file reaches nobody, and nobody says so."""
    elsewhere = {
        "BRIGADE_VAR": "the image sets it",
        "BRIGADE_QUEUE_URL": "the database is the queue",
        "BRIGADE_CHAIN_KEY": "the workers' alone",
        "BRIGADE_KEY_FILE": "is no setting: which file the key came from",
    }
    taken = {name for name in compose()["services"]["web1"]["environment"] if name.startswith("BRIGADE_")}
    assert taken == KNOWN - set(elsewhere)


def test_the_page_has_a_line_for_every_value_that_containers_must_be_given() -> None:
    said = (FOLDER / "compose.yaml").read_text(encoding="utf-8")
    page = TEXTS["docs/operate/many-machines.md"]
    lines = page[page.index("cat > .env <<END") : page.index("\nEND\n)")].splitlines()[1:]
    given = {line.partition("=")[0] for line in lines}
    assert set(re.findall(r"\$\{([A-Z_0-9]+):\?\}", said)) | {"BACKUP_PASSPHRASE", "BRIGADE_CHAIN_KEY"} <= given
    assert all(f"{name}:" in said or f"${{{name}" in said or f": {name}}}" in said for name in given)


def test_one_image_is_made_once_and_asked_of_no_registry() -> None:
    """Five services that each make it make five, and Compose then takes four for outdated: both web processes stop at once."""
    services = compose()["services"]
    assert [name for name, one in services.items() if "build" in one] == ["upgrade"]
    ours = [one for one in services.values() if one["image"] == "brigade"]
    assert len(ours) == 5 + len(BY_HAND)
    assert {one["pull_policy"] for one in ours} == {"never"}


def test_commands_by_hand_touch_nothing_that_runs(tmp_path: Path) -> None:
    """With what others wait for, Compose would run the upgrade of the tables first, or start a changed database anew."""
    commands = create_app(settings_for(f"sqlite:///{tmp_path}/x.sqlite3", tmp_path)).cli.list_commands
    for name in BY_HAND:
        service = compose()["services"][name]
        assert (service["depends_on"], service["profiles"]) == ([], ["by-hand"])
        for said in re.findall(r"flask --app \S+ ([a-z-]+)", str(service.get("command", ""))):
            assert said in commands(None)  # type: ignore[arg-type]  # as above


def test_an_image_holds_no_passwords() -> None:
    """All of the folder is copied into it but this, and .env with every key lies in the folder."""
    left_out = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {".git", "var", "**/.env*", "deploy/*"} <= set(left_out)
    assert [line for line in left_out if line.startswith("!")] == ["!deploy/compose"]
    assert {path.name for path in (FOLDER / "compose").iterdir()} == {"Caddyfile", "bucket.py", "roles.sh"}
    assert ".env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", ["Caddyfile", "compose/Caddyfile", "nginx.conf"])
def test_proxies_close_the_figures_and_ask_every_process(name: str) -> None:
    said = (FOLDER / name).read_text(encoding="utf-8")
    assert said.count("{") == said.count("}")
    assert re.search(r"/metrics.*404", said)
    assert len(re.findall(r"127\.0\.0\.1:800[12]|web[12]:8000", said)) == 2
    assert ("/readyz" in said) == ("Caddy" in name)


def test_proxies_write_down_no_addresses_and_hand_on_no_strange_host() -> None:
    for said in ((FOLDER / "nginx.conf").read_text(encoding="utf-8"), TEXTS["docs/howto/run-with-https.md"]):
        assert "access_log off;" in said
        assert "ssl_protocols       TLSv1.2 TLSv1.3;" in said
        assert re.search(r"error_log \S+ crit;", said)
        assert "proxy_set_header X-Forwarded-Host $host;" in said
    for caddy in FOLDER.rglob("Caddyfile"):
        assert not re.search(r"^\s*log\b", caddy.read_text(encoding="utf-8"), re.MULTILINE)


def test_every_file_is_told_of() -> None:
    told = TEXTS["docs/operate/many-machines.md"] + (FOLDER / "README.md").read_text(encoding="utf-8")
    for path in FILES:
        place = path.relative_to(FOLDER).parts[0]
        assert place in told or place == "README.md", path.name
