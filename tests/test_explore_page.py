"""`paygrade explore` as its visitors meet it: the command, and the page in a real browser.

Screenshots of every state go to .artefacts/, ignored by git. Without Chromium or Playwright
the page's tests are skipped; `python3 run.py test` brings the latter where it finds the former.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
from typer.testing import CliRunner

from paygrade.assessment.simulate import simulate_labels
from paygrade.cli import exploring
from paygrade.cli.entry import app
from paygrade.explore import words
from paygrade.explore.facts import rule_facts
from paygrade.explore.label_file import load_example
from paygrade.explore.situation import Kind, Situation, Work
from paygrade.operations.rule_file import read_rule

EXAMPLE = Work(careful=load_example().careful("expert") or 0.0)
SHOTS = Path(__file__).resolve().parents[1] / ".artefacts"
PATIENCE = 60_000  # milliseconds; a busy machine needs several for a first page
NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((path for name in NAMES if (path := shutil.which(name))), None)
MISSING = [
    *(["Streamlit (extra `web`)"] if find_spec("streamlit") is None else []),
    *(["Playwright (extra `browser`)"] if find_spec("playwright") is None else []),
    *(["Chromium (Debian: apt install chromium)"] if CHROMIUM is None else []),
]
in_browser = pytest.mark.skipif(
    bool(MISSING), reason=f"no browser test without {' and '.join(MISSING)}"
)
served = pytest.mark.skipif(
    find_spec("streamlit") is None, reason="the extra `web` is not installed"
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((exploring.HOST, 0))
        return int(probe.getsockname()[1])


def start(*options: str | Path) -> "subprocess.Popen[str]":
    """Start the command and return once it says that the page is there."""
    command = [sys.executable, "-m", "paygrade", "explore", "--no-browser", *map(str, options)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    assert "Your page" in process.stdout.readline()
    return process


def family(process: "subprocess.Popen[str]") -> list[psutil.Process]:
    parent = psutil.Process(process.pid)
    return [parent, *parent.children(recursive=True)]


def stop(process: "subprocess.Popen[str]", by: int = signal.SIGTERM) -> int:
    process.send_signal(by)
    code = process.wait(30)
    if process.stdout is not None:
        process.stdout.close()
    return code


# --- the command


def refusal(*options: str) -> str:
    result = CliRunner().invoke(app, ["explore", "--no-browser", *options])
    assert result.exit_code == 2, result.output
    return " ".join(result.stderr.split())


def test_without_streamlit_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exploring, "find_spec", lambda _: None)
    assert 'pip install "paygrade[web]", in a clone' in refusal()


def test_a_port_in_use_and_a_missing_file_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exploring, "find_spec", lambda _: True)
    with socket.socket() as taken:
        taken.bind((exploring.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"port {port} can't be used" in refusal("--port", str(port))
    assert "no label file" in refusal("--labels", "nowhere.csv")


def test_a_server_that_ends_at_once_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exploring, "find_spec", lambda _: True)
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    assert "could not be started" in refusal("--port", str(free_port()))


@served
@pytest.mark.parametrize(("by", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_page_ends_with_its_command_and_leaves_nothing_behind(by: int, code: int) -> None:
    process = start("--port", str(free_port()))
    started = family(process)
    assert len(started) >= 2
    assert stop(process, by) == code
    _, alive = psutil.wait_procs(started, timeout=20)
    assert not alive


# --- the page


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    port = free_port()
    process = start("--port", str(port))
    yield f"http://{exploring.HOST}:{port}", process
    stop(process)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    SHOTS.mkdir(exist_ok=True)
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0  # Chromium's sandbox refuses root
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"] if as_root else []
        )
        yield found
        found.close()


class Visit:
    """A page that is open, with all that it asked the network for."""

    def __init__(self, browser: Any, address: str, **options: Any) -> None:
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.asked: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("websocket", lambda socket: self.asked.append(socket.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(address)
        self.verdict = (
            self.page.get_by_role("status")
            .filter(has_text="annotators")
            .or_(self.page.get_by_role("status").filter(has_text="Annotators"))
        )
        self.verdict.wait_for()
        self.slider("Careful work gets right").wait_for(state="attached")

    def settle(self) -> None:
        """Wait until everything has been worked out."""
        self.page.get_by_text("These curves as numbers").wait_for()

    def shoot(self, name: str, *, whole: bool = False) -> None:
        if whole:  # the page scrolls inside; a screenshot of all of it needs a tall window
            size = self.page.viewport_size
            height = self.page.evaluate(
                "document.querySelector('[data-testid=stMain]').scrollHeight"
            )
            self.page.set_viewport_size({"width": size["width"], "height": height + 40})
        self.page.screenshot(path=SHOTS / f"explore-{name}.png", animations="disabled")

    def slider(self, name: str) -> Any:
        return self.page.locator(f"input[type=range][aria-label='{name}']")

    def close(self) -> None:
        strange = [url for url in self.asked if not _is_local(url)]
        self.context.close()
        assert not strange
        assert self.asked
        assert not self.errors


def _is_local(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("data", "blob") or parts.hostname == exploring.HOST


@pytest.fixture
def visit(server: tuple[str, Any], browser: Any) -> Iterator[Visit]:
    found = Visit(browser, server[0], viewport={"width": 1280, "height": 900})
    yield found
    found.close()  # every test thus also checks that nothing left this computer


@in_browser
def test_the_example_shows_verdict_pictures_and_the_recommended_rule(
    visit: Visit, server: tuple[str, Any]
) -> None:
    from playwright.sync_api import expect

    now = Situation(work=EXAMPLE)
    facts = rule_facts(now.problem, now.contract)
    expect(visit.verdict).to_contain_text(words.verdict(now, facts).headline)
    expect(visit.verdict).to_contain_text(words.summary(now, facts))
    visit.settle()
    for caption in (words.effort_caption(now, facts), words.pay_caption(now, facts)):
        expect(visit.page.get_by_text(caption, exact=True).first).to_be_visible()
    expect(visit.page.get_by_role("row", name=re.compile("Left for you"))).to_contain_text("-8.00")
    assert visit.page.locator("[role=graphics-document], canvas").count() >= 4
    visit.shoot("light", whole=True)
    for process in family(server[1]):
        for connection in process.net_connections(kind="inet"):
            for end in (connection.laddr, connection.raddr):
                assert not end or end.ip == exploring.HOST, (process.name(), end)


@in_browser
def test_the_keyboard_reaches_a_slider_and_moves_the_numbers(visit: Visit) -> None:
    from playwright.sync_api import expect

    visit.page.get_by_role("heading", name="Try a pay rule").click()
    for _ in range(40):
        visit.page.keyboard.press("Tab")
        if visit.page.evaluate("document.activeElement.getAttribute('aria-label')") == "Bonus":
            break
    expect(visit.slider("Bonus")).to_be_focused()
    before = visit.verdict.inner_text()
    visit.page.keyboard.press("PageUp")
    expect(visit.verdict).not_to_have_text(before)
    bonus = float(visit.slider("Bonus").input_value())
    assert bonus > 3.0
    now = Situation(work=EXAMPLE, bonus=bonus)
    facts = rule_facts(now.problem, now.contract)
    expect(visit.verdict).to_contain_text(words.verdict(now, facts).headline)
    expect(visit.verdict).to_contain_text(words.summary(now, facts))
    visit.page.keyboard.press("ArrowLeft")
    expect(visit.slider("Bonus")).to_have_value(f"{bonus - 0.01:g}")
    visit.shoot("keyboard")


@in_browser
def test_numbers_can_be_typed(visit: Visit) -> None:
    from playwright.sync_api import expect

    visit.page.get_by_role("switch", name="Type numbers").focus()
    visit.page.keyboard.press("Space")
    for name, number in (("Base pay", "7.5"), ("Bonus", "5.25"), ("Pass mark", "47")):
        box = visit.page.get_by_role("spinbutton", name=name, exact=True)
        box.fill(number)
        box.press("Enter")
    now = Situation(work=EXAMPLE, base=7.5, bonus=5.25, cutoff=47)
    facts = rule_facts(now.problem, now.contract)
    expect(visit.verdict).to_contain_text(words.summary(now, facts))
    visit.settle()
    visit.shoot("typed", whole=True)
    visit.page.get_by_role("switch", name="Type numbers").focus()
    visit.page.keyboard.press("Space")
    expect(visit.slider("Bonus")).to_have_value("5.25")


@in_browser
@pytest.mark.parametrize(
    ("name", "kind", "slider"),
    [
        ("Rate for each right answer", "rate", "On top if every check agrees"),
        ("Two pass marks", "tiers", "Second pass mark"),
    ],
)
def test_other_kinds_of_rule_are_tried_beside_the_recommended_bonus(
    visit: Visit, name: str, kind: Kind, slider: str
) -> None:
    from playwright.sync_api import expect

    visit.page.get_by_role("radio", name=name).focus()
    visit.page.keyboard.press("Space")
    expect(visit.slider(slider)).to_be_visible()
    now = Situation(work=EXAMPLE, kind=kind)
    facts = rule_facts(now.problem, now.contract)
    expect(visit.verdict).to_contain_text(words.verdict(now, facts).headline)
    expect(visit.verdict).to_contain_text(words.summary(now, facts))
    caption = words.pass_caption(now, facts)
    expect(visit.page.get_by_text(caption, exact=True).first).to_be_visible()
    visit.settle()
    visit.shoot(f"kind-{kind}", whole=True)
    visit.page.get_by_role("button", name="Use the recommended rule").click()
    expect(visit.slider("Pass mark")).to_be_visible()
    expect(visit.verdict).to_contain_text("Careful work pays")


@in_browser
def test_the_recommended_rule_is_taken_over_and_away(visit: Visit, tmp_path: Path) -> None:
    from playwright.sync_api import expect

    visit.page.get_by_role("button", name="Use the recommended rule").click()
    expect(visit.verdict).to_contain_text("Careful work pays")
    expect(visit.verdict).to_contain_text("Proved for every level of care")
    visit.settle()
    visit.page.get_by_role("checkbox", name="10 % off").focus()
    visit.page.keyboard.press("Space")
    row = visit.page.get_by_role("row", name=re.compile("Trouble of full care"))
    expect(row).to_contain_text("leave")
    base, bonus = (float(visit.slider(name).input_value()) for name in ("Base pay", "Bonus"))
    visit.shoot("recommended", whole=True)
    files = {}
    for name in ("Text for annotators", "Rule file", "All numbers", "Report"):
        with visit.page.expect_download() as download:
            visit.page.get_by_role("button", name=name).click()
        files[name] = tmp_path / download.value.suggested_filename
        download.value.save_as(files[name])
    for name in ("Rule file", "All numbers"):
        rule = read_rule(files[name])
        assert [float(amount) for amount in rule.amounts] == [base, bonus]
    assert f"paid {base:.2f}" in files["Text for annotators"].read_text("utf-8")
    assert "PROVED" in files["Report"].read_text("utf-8")


@in_browser
def test_a_label_file_is_taken_and_a_bad_one_is_refused_in_words(
    visit: Visit, tmp_path: Path
) -> None:
    from playwright.sync_api import expect

    labels = simulate_labels(workers=7, items=80, seed=5).rename(columns={"worker": "Annotator"})
    labels.to_csv(tmp_path / "mine.csv", index=False)
    (tmp_path / "other.csv").write_text("name,age\nann,31\n", encoding="utf-8")
    bad = "worker,task,label\nann,q1,yes\nann,q1,no\nbob,q1,no\n"
    (tmp_path / "bad.csv").write_text(bad, encoding="utf-8")
    visit.page.get_by_text("Take your own labels").click()
    chooser = visit.page.locator("input[type=file]")
    chooser.set_input_files(tmp_path / "other.csv")
    unused = visit.page.get_by_role("alert").filter(has_text="other.csv is not in use yet")
    expect(unused).to_contain_text("“Who answered” and “Which item” and “The answer”")
    chooser.set_input_files(tmp_path / "bad.csv")
    alert = visit.page.get_by_role("alert").filter(has_text="bad.csv can't be used")
    expect(alert).to_contain_text("the labels stay as they were")
    expect(alert).to_be_in_viewport()
    expect(alert).to_contain_text("choose “Check the first against the last”")
    visit.shoot("bad-file")
    expect(visit.page.get_by_text("Labels in use: the example, 24")).to_be_visible()
    chooser.set_input_files(tmp_path / "mine.csv")
    expect(visit.page.get_by_text("Labels in use: mine.csv, 7")).to_be_visible()
    expect(visit.page.get_by_role("cell", name="ann07")).to_be_visible()
    visit.shoot("good-file")


@in_browser
@pytest.mark.parametrize(
    ("name", "width", "scheme"), [("phone", 390, "light"), ("phone-dark", 390, "dark")]
)
def test_a_phone_shows_all_of_it_without_scrolling_sideways(
    server: tuple[str, Any], browser: Any, name: str, width: int, scheme: str
) -> None:
    size = {"width": width, "height": 844}
    visit = Visit(browser, server[0], viewport=size, color_scheme=scheme)
    visit.settle()
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
    wide = visit.page.evaluate(
        "[...document.querySelectorAll('[data-testid=stMain] *')]"
        ".filter(e => e.type !== 'range' && e.getBoundingClientRect().right > innerWidth + 1)"
        ".map(e => e.tagName + '.' + e.className)"
    )
    assert not wide
    paper = visit.page.evaluate(
        "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    )
    light = sum(map(int, re.findall(r"\d+", paper)[:3])) > 3 * 128
    assert light is (scheme == "light")
    visit.page.mouse.move(width / 2, 600)
    visit.page.mouse.wheel(0, 900)
    visit.page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollTop > 500")
    box = visit.verdict.bounding_box()
    assert box is not None
    assert 0 <= box["y"] < 100  # the verdict stays in sight while sliders move
    visit.shoot(f"{name}-scrolled")
    visit.shoot(name, whole=True)
    visit.close()


@in_browser
def test_numbers_that_contradict_each_other_are_explained(visit: Visit) -> None:
    from playwright.sync_api import expect

    visit.slider("Lowest allowed pay").focus()
    visit.page.keyboard.press("End")
    expect(visit.page.locator(".verdict")).to_contain_text("lowest allowed pay")
    expect(visit.page.get_by_text("No rule can be recommended")).to_be_visible()
    visit.shoot("refused", whole=True)


@in_browser
def test_everything_that_can_be_used_has_a_name(visit: Visit) -> None:
    visit.settle()
    nameless = visit.page.evaluate(
        "[...document.querySelectorAll('[data-testid=stMain] :is(input, button, select)')]"
        ".filter(e => e.type !== 'file' && !(e.getAttribute('aria-label') || e.textContent"
        " || e.labels?.length || e.getAttribute('aria-labelledby')))"
        ".map(e => e.outerHTML.slice(0, 200))"
    )
    assert not nameless
    visit.page.locator("[data-testid=stVegaLiteChart]").nth(3).wait_for()
    pictures = visit.page.evaluate(
        "[...document.querySelectorAll('[data-testid=stVegaLiteChart]')]"
        ".map(e => [...e.querySelectorAll('[aria-label]')].map(x => x.ariaLabel))"
    )
    assert len(pictures) == 4
    assert all(any(len(text) > 60 for text in texts) for texts in pictures), pictures
