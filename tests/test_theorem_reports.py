"""What `paygrade verify` prints and writes, and the pages in the docs."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from typer.testing import CliRunner

import paygrade as pg
from paygrade.cli.entry import app
from paygrade.report.theorems import draw, to_latex, to_page
from paygrade.theory import Finding
from paygrade.theory.library import load_theorem, theorem_files

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "docs" / "theory" / "theorems"
QUICK = ("T1", "T2")

FAILING = """
from dataclasses import replace
from paygrade.theory.library import load_theorem
from paygrade.theory import Theorem
import sympy
true = load_theorem("T2")
wrong = replace(true.claims[0], claimed=1.02 * true.claims[0].claimed)
THEOREM = replace(true, name="T2'", claims=(wrong,))
"""


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["verify", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_table_names_kind_evidence_and_constants() -> None:
    code, out, _ = run(*QUICK)
    assert code == 0
    assert re.search(r"T2 Closed-form responses +exact +PROVED +1e12 +0.1875 +0.1875 +holds", out)


def test_json_holds_everything() -> None:
    code, out, _ = run("T2", "--json")
    (found,) = json.loads(out)
    assert code == 0
    assert found["verdict"] == "holds"
    assert found["largest_n"] == 10**12
    assert {rival["rate"] for rival in found["claims"][0]["rivals"]} == {
        "1/√n", "1/√(n log n)", "exp(-cn)",
    }  # fmt: skip
    assert all(step["how"] in ("identity", "sign", "by hand") for step in found["steps"])


def test_latex_is_a_table_with_balanced_braces() -> None:
    code, out, _ = run("T2", "--latex")
    assert code == 0
    assert out.count("{") == out.count("}")
    assert out.startswith(r"\begin{tabular}")
    assert out.count(r"\\") == 2
    assert to_latex([pg.verify("T2")]) in out


def test_failing_theorem_exits_with_one_and_says_what(tmp_path: Path) -> None:
    path = tmp_path / "wrong.py"
    path.write_text(FAILING)
    code, out, _ = run("T1", str(path))
    assert code == 1
    assert "T2' claim: agency cost in LEN" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("T77",), "is no theorem; choose among T1, T2"),
        (("T2", "-n", "0"), "no sample sizes"),
        (("T2", "-n", "10", "--pages", "pages"), "leave out -n"),
    ],
)
def test_bad_input_is_one_message(
    arguments: tuple[str, ...], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(*arguments)
    assert code == 2
    assert out == ""
    assert message in err
    assert list(tmp_path.iterdir()) == []


def test_pages_have_a_figure_each(tmp_path: Path) -> None:
    code, _, _ = run(*QUICK, "--pages", str(tmp_path / "pages"))
    assert code == 0
    for name in QUICK:
        text = (tmp_path / "pages" / f"{name}.md").read_text(encoding="utf-8")
        assert f"({name}.svg)" in text
        assert ET.parse(tmp_path / "pages" / f"{name}.svg").getroot().tag.endswith("svg")


@pytest.mark.parametrize("name", tuple(theorem_files()))
def test_docs_have_the_page_of_each_theorem(name: str) -> None:
    """The committed page states what the file states; numbers are left to `paygrade verify`."""
    theorem = load_theorem(name)
    unmeasured = tuple(Finding(claim, (), (), "unresolved") for claim in theorem.claims)
    report = pg.RateReport(theorem, tuple(theorem.derivation().steps), unmeasured, 0.0)
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    fresh = to_page(report, f"{name}.svg")
    assert (PAGES / f"{name}.svg").is_file()
    for part in ("**Setting.**", "**Statement.**", "**Idea.**", "## Derivation"):
        assert _part(page, part) == _part(fresh, part)
    for found in report.findings:
        assert found.claim.text.replace("|", "\\|") in page
    assert "| fails |" not in page


def _part(text: str, heading: str) -> str:
    return text.split(heading)[1].split("\n\n")[0 if heading.startswith("**") else 1]


def test_two_points_are_drawn(tmp_path: Path) -> None:
    report = pg.verify("T2", n=[10, 100])
    assert report.verdict == "holds"  # equal at every n: two points are enough
    assert draw(report, tmp_path / "two.svg")


def test_points_out_of_range_leave_a_theorem_unresolved() -> None:
    code, out, _ = run("T2", "-n", "1")
    assert code == 0
    assert "T2 unresolved: agency cost in LEN: no n in its range" in out


def test_a_theorem_file_that_was_edited_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "t00_edited.py"
    text = (ROOT / "proofs" / "template.py").read_text("utf-8")
    path.write_text(text, encoding="utf-8")
    assert pg.verify(str(path)).theorem.title == "The template"
    path.write_text(text.replace('"The template"', '"Edited in the same session"'), "utf-8")
    assert pg.verify(str(path)).theorem.title == "Edited in the same session"
