"""``python -m bench.phone ADDRESS``: how long the phone app takes to save a report without a network, on a slow processor.

Opens the app of a server that runs (``make demo``) in Chromium, signs in, takes the network away, slows the processor down and
saves reports with photos as the app does. Nothing is sent: the browser forgets everything when it is closed.
"""

from __future__ import annotations

import argparse
import base64
import shutil
import statistics

from playwright.sync_api import BrowserContext, Page, sync_playwright

from bench.photos import photographed

SIDES = (2400, 1800)
"""Pixels of a photo before the app makes it smaller."""

SHRINK = """async ([picture, memberId, reportId]) => {
  const { add } = await import("/phone/photos.js");
  const bytes = Uint8Array.from(atob(picture), one => one.charCodeAt(0));
  const began = performance.now();
  const { id } = await add(new Blob([bytes]), reportId, memberId);
  return [id, performance.now() - began];
}"""
SAVE = """async ([ids, memberId, reportId, number]) => {
  const { enqueue } = await import("/phone/queue.js");
  const day = "2026-11-01";
  const body = { id: reportId, kind: "T-01", place: `器具置場${number}`, participants: [{ member_id: memberId, role: "member" }], attachment_ids: ids };
  const began = performance.now();
  await enqueue({ id: reportId, member_id: memberId, kind: "report", made_at: Date.now(), label: "訓練", day, body, photo_ids: ids, sent: false, problem: null });
  return performance.now() - began;
}"""
OWNER = "() => import('/phone/store.js').then(store => store.kept('owner'))"
NEW_ID = "() => import('/phone/ids.js').then(ids => ids.newId())"


def photograph(seed: int) -> str:
    """A picture that compresses like a photo, as base64 of a JPEG."""
    return base64.b64encode(photographed(seed, (300, 225), SIDES, 92)).decode()


def signed_in(context: BrowserContext, address: str, login: str, password: str) -> Page:
    """The app, open and with all its files kept."""
    page = context.new_page()
    page.goto(f"{address}/phone/")
    page.get_by_label("ログインID").fill(login)
    page.get_by_label("パスワード", exact=True).fill(password)
    page.get_by_role("button", name="ログインする").click()
    page.get_by_role("navigation").wait_for()
    page.evaluate("() => navigator.serviceWorker.ready.then(() => undefined)")
    page.wait_for_timeout(2000)
    return page


def p75(times: list[float]) -> int:
    """Milliseconds that three quarters stay below."""
    return round(statistics.quantiles(times, n=4)[2])


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser("bench.phone", description="How long saving takes on a phone without a network.")
    parser.add_argument("address", help="where the server runs: http://127.0.0.1:8000")
    parser.add_argument("--login", default="member-1-1-1")
    parser.add_argument("--password", default="brigade-demo")
    parser.add_argument("--reports", type=int, default=30)
    parser.add_argument("--photos", type=int, default=3)
    parser.add_argument("--slower", type=float, default=4, help="so many times slower than this processor")
    said = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        page = signed_in(browser.new_context(locale="ja-JP"), said.address, said.login, said.password)
        page.context.set_offline(True)
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": said.slower})
        shrunk, saved = [], []
        for number in range(said.reports):
            owner, report = page.evaluate(OWNER), page.evaluate(NEW_ID)
            made = [page.evaluate(SHRINK, [photograph(n), owner, report]) for n in range(said.photos)]
            shrunk += [took for _, took in made]
            saved.append(page.evaluate(SAVE, [[id_ for id_, _ in made], owner, report, number]))
        browser.close()
    print(f"processor ×{said.slower:g} slower, {said.reports} reports × {said.photos} photos, no network")
    print(f"save a report      p75 {p75(saved):5} ms   median {round(statistics.median(saved)):5} ms")
    print(f"shrink one photo   p75 {p75(shrunk):5} ms   median {round(statistics.median(shrunk)):5} ms")


if __name__ == "__main__":
    main()
