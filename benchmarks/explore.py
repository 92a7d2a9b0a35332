"""How long the page of `paygrade explore` takes to answer a slider.

    .venv/bin/python benchmarks/explore.py             what the page computes before it can draw
    .venv/bin/python benchmarks/explore.py ADDRESS     from key press to new words, in Chromium

For the second start `paygrade explore --no-browser` first and give the address that it prints. The
goal is 300 ms.
"""

import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from paygrade.explore import charts, words
from paygrade.explore.facts import rule_facts
from paygrade.explore.situation import Situation, Work

MOVES = 30


def answer(now: Situation) -> None:
    """Do all that the page does at once when a slider moves, but for drawing."""
    facts = rule_facts(now.problem, now.contract)
    json.dumps([charts.effort_chart(facts), charts.pass_chart(facts), charts.pay_chart(facts)])
    words.verdict(now, facts)
    words.summary(now, facts)
    words.effort_caption(now, facts)


def moved(checks: int, counted: str, risk: float) -> Iterator[Situation]:
    """Return situations as a slider of the bonus passes through them."""
    start = Situation(
        work=Work(counted=counted, risk=risk), checks=checks, cutoff=round(0.8 * checks)
    )
    for step in range(MOVES):
        yield replace(start, bonus=0.25 * step)


def milliseconds(work: Callable[[], object]) -> float:
    """Return how long `work` takes (ms)."""
    start = time.perf_counter()
    work()
    return 1000.0 * (time.perf_counter() - start)


def computing() -> None:
    """Print median and worst time of an answer, by number of checks, monitor and risk."""
    answer(Situation())  # loads the libraries
    print("checks  checked by  risk  median ms  worst ms")  # noqa: T201
    for checks in (1, 20, 60, 300):
        for counted in ("expert", "repeats"):
            for risk in (0.0, 1.0, 3.0):
                times = sorted(
                    milliseconds(lambda now=now: answer(now))  # type: ignore[misc]
                    for now in moved(checks, counted, risk)
                )
                row = f"{checks:6d}  {counted:10s}  {risk:4.1f}"
                print(f"{row}  {times[MOVES // 2]:9.1f}  {times[-1]:8.1f}")  # noqa: T201


def in_browser(address: str) -> None:
    """Print the time from a key on the bonus' slider to new words in the verdict."""
    from playwright.sync_api import expect, sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(address)
        page.get_by_text("These curves as numbers").wait_for(timeout=120_000)
        slider = page.locator("input[type=range][aria-label='Bonus']")
        slider.focus()
        verdict, times = page.get_by_role("status").first, []
        page.keyboard.press("PageUp")
        expect(verdict).to_contain_text("Careful work pays")
        for _ in range(MOVES):
            page.wait_for_timeout(300)
            # measured inside the page, as asking from outside takes time too
            page.evaluate(
                "() => { const box = document.querySelector('.verdict').closest('.stHtml');"
                " const before = box.textContent, start = performance.now(); window.took = null;"
                " const look = () => {"
                " if (document.querySelector('.verdict').textContent !== before)"
                " window.took = performance.now() - start; else requestAnimationFrame(look); };"
                " requestAnimationFrame(look); }"
            )
            page.keyboard.press("ArrowRight")
            page.wait_for_function("window.took !== null")
            times.append(page.evaluate("window.took"))
        times.sort()
        print(f"key to words: median {times[MOVES // 2]:.0f} ms, worst {times[-1]:.0f} ms")  # noqa: T201
        browser.close()


if __name__ == "__main__":
    if sys.argv[1:]:
        in_browser(sys.argv[1])
    else:
        computing()
