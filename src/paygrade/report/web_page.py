"""Reports as one HTML file: style and figures inside it, nothing loaded from anywhere.

The templates stand in pages/: base.html has the style, parts.html tables and figures. Everything
that comes from labels or settings is escaped by Jinja.
"""

import base64
import io
import re
from typing import TYPE_CHECKING, Any

from paygrade import __version__
from paygrade.arguments import checked_arguments
from paygrade.report.attention import Attention
from paygrade.report.attention_plot import draw_attention
from paygrade.report.attention_tables import attention_sheets
from paygrade.report.attention_text import attention_sections
from paygrade.report.forest import draw_forest
from paygrade.report.plot import draw_study
from paygrade.report.questions import Answer, draw_answer
from paygrade.report.roster import BELOW, CONTRARY, Roster
from paygrade.report.roster_text import roster_sections
from paygrade.report.sheets import answer_sheets, roster_sheets, study_sheets
from paygrade.report.study import Study, rules_in_words
from paygrade.report.study_words import (
    alternative_rules,
    assumptions,
    calibrated,
    caption,
    evidence_in_words,
    picture_in_words,
    what_it_costs,
)
from paygrade.report.uncertain_words import verdict_in_words, what_to_expect

if TYPE_CHECKING:
    from matplotlib.figure import Figure


NARROW = 4.6  # inches that a figure is wide for telephones, so that its letters can be read


@checked_arguments
def study_page(study: Study) -> str:
    """Return the study as a page: rule, effect, proof, rivals, annotators, assumptions."""
    sheets = {sheet.name: sheet for sheet in study_sheets(study)}
    return render(
        "study.html",
        study=study,
        announced=rules_in_words(study),
        verdict=verdict_in_words(study),
        cost=what_it_costs(study),
        expected=[] if study.kinds else what_to_expect(study),
        sheets=sheets,
        proof=evidence_in_words(study),
        certificate=study.design.certificate,
        calibrated=calibrated(study),
        reasons=alternative_rules(study),
        assumptions=assumptions(study),
        picture=picture(draw_study(study)),
        narrow=picture(draw_study(study, narrow=True)),
        picture_words=picture_in_words(study),
        caption=caption(study),
    )


def roster_page(roster: Roster) -> str:
    """Return the annotators assessed as a page."""
    (sheet,) = roster_sheets(roster)
    first, *others = roster_sections(roster)
    below = roster.names(BELOW, CONTRARY)
    words = (
        "Each annotator's effort as a point with its interval. Below the standard:"
        f" {', '.join(below) if below else 'nobody'}. The table has every figure."
    )
    return render(
        "roster.html",
        first=first,
        others=others,
        sheet=sheet,
        picture=picture(draw_forest(roster)),
        narrow=picture(draw_forest(roster, width=NARROW)),
        words=words,
    )


def attention_page(found: Attention) -> str:
    """Return users' attention as a page."""
    said, measured, uses = attention_sections(found)
    words = (
        "Each user's attentiveness as a point with its interval, and what the labels of the most"
        f" attentive users are worth together. {said.lines[0]} The tables have every figure."
    )
    return render(
        "attention.html",
        said=said,
        measured=measured,
        uses=uses,
        sheets=attention_sheets(found),
        picture=picture(draw_attention(found)),
        narrow=picture(draw_attention(found, narrow=True)),
        words=words,
    )


def answer_page(answer: Answer) -> str:
    """Return what `paygrade plan` found as a page.

    Raises:
        DataError: the answer is one number of checks.
    """
    (sheet,) = answer_sheets(answer)
    return render(
        "answer.html",
        sheet=sheet,
        picture=picture(draw_answer(answer)),
        narrow=picture(draw_answer(answer, width=NARROW)),
        words=f"{sheet.title}, drawn from the table below. {' '.join(sheet.notes)}",
    )


def render(template: str, **content: Any) -> str:
    """Return the page that a template of pages/ makes of the content."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("paygrade.report", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["prose"] = prose
    return environment.get_template(template).render(version=__version__, **content)


def prose(text: object) -> str:
    """Return the text for HTML, what stands between backticks as code.

    >>> str(prose("see `a < b`"))
    'see <code>a &lt; b</code>'
    """
    from markupsafe import Markup, escape

    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped


def picture(figure: "Figure") -> str:
    """Return the figure as the source of an image."""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg_bytes(figure)).decode()}"


def svg_bytes(figure: "Figure") -> bytes:
    """Return the figure as SVG, the same bytes every time."""
    import matplotlib as mpl

    drawn = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "paygrade"}):
        figure.savefig(drawn, format="svg", metadata={"Date": None})
    return drawn.getvalue()
