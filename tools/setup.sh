#!/bin/sh
# Makes this checkout ready: the system packages that Python packages cannot bring, and .venv with the pinned ones.
#
#   tools/setup.sh run      what the product needs (make setup, demo, serve)
#   tools/setup.sh check    that and the developer's Python packages (make lint, types)
#   tools/setup.sh test     that and what the tests bring up: PostgreSQL, Chromium, WebKit, PDF tools (make test)
#   tools/setup.sh ocr      check, and the typefaces that write on made-up forms (make ocr-eval; some 120 MB)
#
# Safe to repeat (seconds when nothing is to do) and to interrupt: a half-made .venv is thrown away at the next run.
# PYTHON names another interpreter. PIP_… and apt's own configuration are respected.
set -eu
cd "$(dirname "$0")/.."
level=${1:-run}
python=${PYTHON:-python3}
venv=.venv

# One set-up at a time. --close: no daemon that apt starts may inherit the lock and keep it for ever.
if [ -z "${BRIGADE_SETUP_LOCKED:-}" ] && command -v flock >/dev/null; then
    BRIGADE_SETUP_LOCKED=1 exec flock --close tools/setup.sh tools/setup.sh "$@"
fi

say() { printf '%s\n' "$*" >&2; }

check_python() {
    if ! command -v "$python" >/dev/null; then
        say "Brigade needs Python 3.11 or newer, and there is no '$python' here."
        say "Install it, or name another one: make PYTHON=/path/to/python3.11 …"
        exit 1
    fi
    if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        say "Brigade needs Python 3.11 or newer; '$python' is $("$python" -V 2>&1)."
        say "Install a newer one and name it: make PYTHON=python3.11 …"
        exit 1
    fi
}

# need PACKAGE WHY PROBE…: notes the package as missing unless dpkg knows it or the probe finds what it brings.
need() {
    package=$1 why=$2
    shift 2
    if dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -qx 'install ok installed'; then return; fi
    if "$@" >/dev/null 2>&1; then return; fi
    missing="$missing $package"
    reasons="$reasons  $package: $why
"
}

has_any() { for name in "$@"; do if command -v "$name"; then return 0; fi; done; return 1; }
has_japanese() { tesseract --list-langs | grep -qx jpn; }
has_font() { find /usr/share/fonts /usr/local/share/fonts /Library/Fonts -name "$1" 2>/dev/null | grep -q .; }
has_postgres() { has_any initdb || ls /usr/lib/postgresql/*/bin/initdb; }
has_venv() { "$python" -c 'import ensurepip, venv' || venv_is_sound; }

look_around() {
    missing='' reasons=''
    # Debian keeps this part of Python apart. Asked of Python alone: another interpreter's package says nothing.
    if ! has_venv 2>/dev/null; then
        need_venv=python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv
        missing=" $need_venv" reasons="  $need_venv: makes the virtual environment (without it nothing runs)
"
    fi
    need tesseract-ocr 'reads scanned paper forms' has_any tesseract
    need tesseract-ocr-jpn 'teaches it Japanese' has_japanese
    need fonts-morisawa-bizud-gothic 'the typeface of the printed documents' has_font BIZUDGothic-Regular.ttf
    need fonts-ipamj-mincho 'rare kanji in names on printed documents' has_font ipamjm.ttf
    if [ "$level" = test ]; then
        need postgresql 'the tests run on PostgreSQL as well as on SQLite' has_postgres
        need chromium 'the browser tests' has_any chromium chromium-browser google-chrome
        need webkit2gtk-driver "the browser tests in the engine of Safari, which every iPhone has" has_any WebKitWebDriver
        need xvfb 'a display for it that nobody sees' has_any Xvfb
        need poppler-utils 'the tests read printed documents with it' has_any pdftotext
        need poppler-data 'Japanese for poppler' test -d /usr/share/poppler/cMap
        need qpdf 'the tests check printed documents with it' has_any qpdf
        need curl 'the tests follow the documentation with it' has_any curl
        need strace 'the tests of power cuts see with it what is written' has_any strace
    fi
    if [ "$level" = ocr ]; then need_hands; fi
}

# The typefaces of bench/ocr/sources.py.
need_hands() {
    for face in \
        dejavu-core:DejaVuSans.ttf liberation:LiberationSans-Regular.ttf ipaexfont-gothic:ipaexg.ttf \
        lato:Lato-Regular.ttf roboto-fontface:Roboto-Medium.ttf motoya-l-maruberi:MTLmr3m.ttf \
        takao-mincho:TakaoMincho.ttf; do
        need "fonts-${face%%:*}" 'prints on the corpus that shows how well forms are read' has_font "${face#*:}"
    done
    for face in \
        kiloji:kiloji.ttf bwht:BecauseWeBuild-Regular.otf comic-neue:ComicNeue-Regular.otf \
        aoyagi-kouzan-t:AoyagiKouzanT.ttf humor-sans:Humor-Sans.ttf tlwg-purisa-ttf:Purisa.ttf seto:setofont.ttf \
        dkg-handwriting:dkg.ttf yozvox-yozfont-new-kana:YOzRN_.ttf yusei-magic:YuseiMagic-Regular.ttf \
        rufscript:Rufscript010.ttf klee:KleeOne-Regular.ttf breip:Breip.ttf sjfonts:SteveHand.ttf; do
        need "fonts-${face%%:*}" 'writes on the corpus that shows how well forms are read' has_font "${face#*:}"
    done
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"
    elif [ -t 0 ]; then sudo "$@"
    else sudo -n "$@"
    fi
}

apt_get() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -qq "$@"; }

install_missing() {
    if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
        say "Not root, and there is no sudo: cannot install system packages."
        return
    fi
    say "Installing system packages:$missing"
    # An installation that was cut off before must be completed first, or apt refuses.
    as_root env DEBIAN_FRONTEND=noninteractive dpkg --configure -a >/dev/null || true
    apt_get update || true
    offered=''
    for package in $missing; do
        if LC_ALL=C apt-cache policy "$package" | grep -q 'Candidate: [^(]'; then offered="$offered $package"; fi
    done
    # shellcheck disable=SC2086  # a list of package names
    if [ -n "$offered" ]; then apt_get install -y --no-install-recommends $offered >/dev/null || true; fi
}

system_packages() {
    look_around
    if [ -z "$missing" ]; then return; fi
    if command -v apt-get >/dev/null; then
        install_missing
        look_around
    fi
    if [ -z "$missing" ]; then return; fi
    say "Please install by hand (Debian's package names; elsewhere they are called alike):"
    say "$reasons"
    if ! has_venv 2>/dev/null; then exit 1; fi
    say "Going on without."
}

venv_is_sound() {
    [ ! -e $venv/unfinished ] &&
        $venv/bin/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null &&
        # Its scripts hold the folder's path: one that was moved or copied along would start the other one's.
        grep -qF "$(pwd -P)/$venv" $venv/bin/activate
}

# What was installed is kept beside it as a copy of the list, written last: same list, nothing to do.
python_packages() {
    lists=requirements.txt
    if [ "$level" != run ]; then lists='requirements-dev.txt requirements.txt'; fi  # dev contains the other one
    if venv_is_sound; then
        stale=''
        for list in $lists; do cmp -s "$list" "$venv/installed-$list" || stale=1; done
        if [ -z "$stale" ]; then return; fi
    else
        say "Making the virtual environment $venv with $("$python" -V)"
        rm -rf $venv
        "$python" -m venv $venv
    fi
    touch $venv/unfinished
    rm -f $venv/installed-*
    say "Installing Python packages from ${lists%% *}"
    $venv/bin/python -m pip install --quiet --require-hashes -r "${lists%% *}"
    for list in $lists; do cp "$list" "$venv/installed-$list"; done
    rm $venv/unfinished
}

# So that a start compiles nothing, also where the program may not write beside itself (deploy/systemd).
compiled() { $venv/bin/python -m compileall -q api brigade migrations ocr pictures reports wsgi.py; }

case $level in
run | check | test | ocr) ;;
*) say "usage: tools/setup.sh run|check|test|ocr"; exit 2 ;;
esac
check_python
system_packages
python_packages
compiled
