"""Reports that people hand on: one page of HTML, tables in LaTeX and CSV, and the site."""

import base64
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

import paygrade as pg
from paygrade.cli.entry import app
from paygrade.report.announcing import rule_in_words
from paygrade.report.economics import EXAMPLE
from paygrade.report.latex import escape, sheets_to_latex
from paygrade.report.tables import Column, Estimate, Sheet, long_table
from paygrade.report.web_page import render

ROOT = Path(__file__).resolve().parents[1]
NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((path for name in NAMES if (path := shutil.which(name))), None)
NASTY = '<script>alert("x")</script> & _50% $\\{}'


class Page(HTMLParser):
    """What a page would load, what stands in it, and whether its tags close."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.open: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.loads += [
            value for name, value in attrs if name in ("src", "srcset", "href") and value
        ]
        if tag == "img":
            self.images.append(named)
        if tag not in ("img", "source", "meta", "br", "link", "input", "hr", "path", "use"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)))


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with labels, one annotator's name being an attack, settings, and the reports."""
    folder = tmp_path_factory.mktemp("job")
    labels = pg.simulate_labels(workers=8, items=200, seed=2025)
    labels["worker"] = labels["worker"].replace({"ann03": NASTY})
    labels.to_csv(folder / "labels.csv", index=False)
    settings = EXAMPLE.replace("checks = 60", "checks = 20")
    (folder / "economics.toml").write_text(settings, encoding="utf-8")
    written = [f"--{kind}={folder / f'rule.{end}'}" for kind, end in KINDS.items()]
    result = run("design", folder / "labels.csv", "-e", folder / "economics.toml", *written)
    assert result.exit_code == 0, result.output
    (folder / "said.txt").write_text(result.stdout, encoding="utf-8")
    return folder


KINDS = {"html": "html", "latex": "tex", "csv": "csv"}


def test_page_is_one_file_with_figure_and_alternative_text(job: Path) -> None:
    page = Page((job / "rule.html").read_text("utf-8"))
    assert page.open == []
    [image] = page.images
    narrow, wide = page.loads
    assert narrow.startswith("data:image/svg+xml;base64,")
    assert wide == image["src"]
    assert "payoff over effort" in str(image["alt"])
    kind, _, data = str(image["src"]).partition(",")
    assert kind == "data:image/svg+xml;base64"
    drawn = base64.b64decode(data).decode()
    assert drawn.startswith("<?xml")
    assert not re.search(r'(xlink:)?href="(?!#)', drawn)


def test_page_fits_a_telephone_without_scrolling_sideways(job: Path) -> None:
    """Rows become cards, whose figures need their labels, and the figure is drawn narrow, too."""
    text = (job / "rule.html").read_text("utf-8")
    cells = re.findall(r"<td role=\"cell\"([^>]*)>", text)
    assert cells
    assert all(re.search(r'data-label="[^"]+"', each) for each in cells)
    assert "min-width: 34rem" not in text
    [narrow] = re.findall(r'srcset="data:image/svg\+xml;base64,([^"]+)"', text)
    [wide] = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', text)
    sizes = [
        float(re.findall(r'<svg[^>]* width="([\d.]+)pt"', base64.b64decode(each).decode())[0])
        for each in (narrow, wide)
    ]
    assert sizes == [pytest.approx(4.6 * 72), pytest.approx(10.0 * 72)]


@pytest.mark.skipif(
    CHROMIUM is None or find_spec("playwright") is None, reason="no Chromium, or no Playwright"
)
def test_nothing_is_cut_on_telephone_screen_or_paper(job: Path, tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    columns = tuple(Column(f"a long heading {i}", 3) for i in range(14))
    wide = Sheet("wide", "Many columns", columns, (tuple(1234.5 + i for i in range(14)),) * 3)
    many = render("answer.html", sheet=wide, picture="data:,", narrow="data:,", words="")
    (tmp_path / "many.html").write_text(many, encoding="utf-8")
    cut = """[...document.querySelectorAll('table, figure, p, dd')].filter(
        each => each.getBoundingClientRect().right > innerWidth + 1
    ).length"""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for file in (job / "rule.html", tmp_path / "many.html"):
            for width, media in ((375, "screen"), (1100, "screen"), (680, "print")):
                page = browser.new_page(viewport={"width": width, "height": 900})
                page.emulate_media(media=media)
                page.goto(file.as_uri())
                assert page.evaluate(cut) == 0, (file.name, width, media)
                page.close()
        browser.close()


def test_code_in_sentences_is_shown_as_code() -> None:
    note = "Run `paygrade verify T5`, if 1 < 2."
    marked = Sheet("t", "T", (Column("who", None),), (("a",),), (note,))
    page = render("answer.html", sheet=marked, picture="data:,", narrow="data:,", words="")
    assert "Run <code>paygrade verify T5</code>, if 1 &lt; 2." in page


def test_page_says_what_the_terminal_says(job: Path) -> None:
    words = " ".join(Page((job / "rule.html").read_text("utf-8")).words.split())
    said = (job / "said.txt").read_text("utf-8").splitlines()
    assert said[1].strip() in words
    assert said[2].strip() in words
    for heading in ("Why it can be trusted", "What was assumed", "How to read it"):
        assert heading in words


def test_names_from_labels_are_escaped(job: Path) -> None:
    text = (job / "rule.html").read_text("utf-8")
    assert NASTY not in text
    assert NASTY in Page(text).words
    tex = (job / "rule.tex").read_text("utf-8")
    assert NASTY not in tex
    assert escape(NASTY) in tex


def test_latex_rows_fit_their_columns(job: Path) -> None:
    tex = (job / "rule.tex").read_text("utf-8")
    for begin in ("table", "tabular", "threeparttable", "tablenotes"):
        assert tex.count(rf"\begin{{{begin}}}") == tex.count(rf"\end{{{begin}}}") == 4
    for layout, body in re.findall(r"\\begin\{tabular\}\{([^\n]*)\}\n(.*?)\\end", tex, re.DOTALL):
        columns = len(re.sub(r"\[[^]]*\]", "", layout))
        rows = [line for line in body.splitlines() if line.endswith(r"\\")]
        assert rows
        assert all(len(re.findall(r"(?<!\\)&", row)) == columns - 1 for row in rows)
    plain = re.sub(r"\\[&%$#_{}]", "", tex)
    assert plain.count("{") == plain.count("}")


def test_csv_has_every_figure_with_its_interval(job: Path) -> None:
    table = pd.read_csv(job / "rule.csv")
    efforts = table[(table["table"] == "annotators") & (table["quantity"] == "effort")]
    assert len(efforts) == 8
    assert (efforts["low"] <= efforts["value"]).all()
    assert (efforts["value"] <= efforts["high"]).all()
    study = pg.run_study(
        pg.read_annotations(job / "labels.csv"),
        pg.read_economics(job / "economics.toml"),
        kind=pg.ExpertReview,
    )
    rules = table[(table["table"] == "rules") & (table["row"] == "bonus") & (table["line"] == 3)]
    payoff = rules.loc[rules["quantity"] == "payoff", "value"].item()
    assert payoff == pytest.approx(study.design.payoff)
    assert rule_in_words(study.design) in pg.study_page(study)


def test_reports_of_one_study_are_the_same_bytes(job: Path) -> None:
    again = job / "again.html"
    run("design", job / "labels.csv", "-e", job / "economics.toml", "--html", again)
    assert again.read_bytes() == (job / "rule.html").read_bytes()


@pytest.mark.parametrize(
    ("option", "name", "complaint"),
    [
        ("--html", "rule.pdf", "end it in .html or .htm"),
        ("--latex", "rule.txt", "end it in .tex"),
        ("--csv", "rule.xlsx", "end it in .csv"),
        ("--html", "nowhere/rule.html", "doesn't exist; make it first"),
    ],
)
def test_a_place_that_cannot_be_written_is_refused(
    job: Path, option: str, name: str, complaint: str
) -> None:
    place = job / "new" / name
    place.parent.mkdir(exist_ok=True) if "nowhere" not in name else None
    result = run("design", job / "labels.csv", "-e", job / "economics.toml", option, place)
    assert result.exit_code == 2
    assert complaint in result.output
    assert not place.exists()


def test_assess_writes_page_and_table(job: Path) -> None:
    page, tex = job / "team.html", job / "team.tex"
    result = run("assess", job / "labels.csv", "--monitor=expert", "--html", page, "--latex", tex)
    assert result.exit_code == 0, result.output
    assert NASTY in Page(page.read_text("utf-8")).words
    assert r"\begin{tabular}" in tex.read_text("utf-8")


def test_plan_writes_a_rule_and_refuses_a_number(tmp_path: Path) -> None:
    page, tex, csv = (tmp_path / f"bans.{end}" for end in ("html", "tex", "csv"))
    places = ("--html", page, "--latex", tex, "--csv", csv)
    result = run("plan", "--rule", "75 % of the last 10", "--accuracy", "0.9", *places)
    assert result.exit_code == 0, result.output
    assert len(Page(page.read_text("utf-8")).images) == 1
    assert set(pd.read_csv(csv)["quantity"]) >= {"banned"}
    refused = run("plan", "--test", "0.9", "0.7", "--html", tmp_path / "n.html")
    assert refused.exit_code == 2
    assert "a number of checks is no table" in refused.output
    assert not (tmp_path / "n.html").exists()


def sheet(rows: int) -> Sheet:
    columns = (Column("who", None), Column("effort"), Column("gain", 3, "utils"))
    entries = tuple((f"a_{i}", Estimate(0.5, 0.25, 1.0), -1.25) for i in range(rows))
    return Sheet("t", "A title", columns, entries, ("A note.",))


def test_intervals_stand_in_brackets_beneath() -> None:
    lines = sheets_to_latex([sheet(1)]).splitlines()
    at = lines.index(r"a\_0 & 0.50 & -1.250 \\")
    assert lines[at + 1] == r" & {[0.25, 1.00]} &  \\"
    assert r"{lS[table-format=1.2]S[table-format=-1.3]}" in lines[at - 4]


def test_a_long_table_goes_over_pages() -> None:
    tex = sheets_to_latex([sheet(41)])
    assert r"\begin{longtable}" in tex
    assert r"\begin{tabular}" not in tex


def test_missing_figures_are_empty_everywhere() -> None:
    columns = (Column("who", None), Column("effort"))
    empty = Sheet("t", "T", columns, (("a", float("nan")), ("b", None), ("c", float("inf"))))
    assert r"a &  \\" in sheets_to_latex([empty])
    assert len(long_table([empty])) == 3
    page = render("answer.html", sheet=empty, picture="data:,", narrow="data:,", words="")
    assert "nan" not in page.lower()


@pytest.mark.slow
def test_site_builds_without_a_warning_and_asks_nothing_of_the_network(tmp_path: Path) -> None:
    pytest.importorskip("furo", reason="the extra `docs` is not installed")
    command = (sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html")
    site = tmp_path / "site"
    places = ("-c", "docs/site", "-d", tmp_path / "trees", "docs", site)
    built = subprocess.run((*command, *places), cwd=ROOT, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    pages = {path.relative_to(site).as_posix(): path.read_text("utf-8") for path in files(site)}
    for name in ("index.html", "notation.html", "made/gallery.html", "made/api/solution.html"):
        assert name in pages
    outside = r'<(?:script|link|img|iframe|source)\b[^>]*(?:src|href)="(?:https?:)?//'
    inside_css = r"""(?:@import|url\()\s*["']?(?:https?:)?//"""
    assert not [name for name, text in pages.items() if re.search(outside, text)]
    assert not [name for name, text in pages.items() if re.search(inside_css, text)]
    assert "√" in pages["theory/theorems/T8.html"]
    assert pages["made/gallery.html"].count("<img") == len(
        list((ROOT / "docs/site/gallery").iterdir())
    )
    reference = "".join(text for name, text in pages.items() if name.startswith("made/api/"))
    assert not [name for name in pg.__all__ if f"paygrade.{name}" not in reference]


def files(site: Path) -> list[Path]:
    return [path for path in site.rglob("*") if path.suffix in (".html", ".css")]


def test_how_to_and_theory_pages_come_in_pairs() -> None:
    guides = {path: path.read_text("utf-8") for path in (ROOT / "docs" / "how-to").glob("*.md")}
    theory = sorted((ROOT / "docs" / "theory").glob("*.md"))
    assert theory
    assert not [path.name for path, text in guides.items() if "](../theory/" not in text]
    pages = "".join(guides.values())
    assert not [page.name for page in theory if f"](../theory/{page.name})" not in pages]
