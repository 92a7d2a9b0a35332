r"""Tables in LaTeX as economists print them: booktabs, intervals in brackets beneath, notes below.

Decimals are aligned by siunitx. A table goes into a paper with `\input`; the comment on top of the
file names the packages. Significance stars are left out, as the American Economic Association's
journals ask.
"""

import re
from collections.abc import Iterable, Iterator

from paygrade.report.tables import Column, Entry, Sheet

PREAMBLE = r"""% Written by paygrade. In the preamble of the paper:
%   \usepackage{booktabs,longtable,siunitx,threeparttable}
% Names beyond Latin letters need LuaLaTeX or XeLaTeX."""
LONGEST = 40  # rows of a table that stays on one page
SPECIAL = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "<": r"\textless{}", ">": r"\textgreater{}", "−": r"\textminus{}", "≥": r"$\ge$",
    "κ": r"$\kappa$", "ρ": r"$\rho$", "μ": r"$\mu$", "δ": r"$\delta$", "±": r"$\pm$",
    "[": "{[}", "]": "{]}",  # else the first of a row could be taken for an option of \\
}  # fmt: skip


def sheets_to_latex(sheets: Iterable[Sheet]) -> str:
    """Return a file with a numbered table for each sheet; of more than 40 rows, a longtable."""
    return "\n\n".join([PREAMBLE, *map(_table, sheets)]) + "\n"


def escape(text: str) -> str:
    r"""Return the text as LaTeX prints it.

    >>> escape("ann_1 & 50 %")
    'ann\\_1 \\& 50 \\%'
    """
    return "".join(SPECIAL.get(sign, sign) for sign in re.sub(r"[\x00-\x20\x7f]+", " ", text))


def _table(sheet: Sheet) -> str:
    layout = "".join(_layout(sheet, index) for index in range(len(sheet.columns)))
    heading = " & ".join(f"{{{escape(column.heading)}}}" for column in sheet.columns) + r" \\"
    body = list(_body(sheet))
    caption = rf"\caption{{{escape(sheet.title)}}}\label{{tab:{sheet.name}}}"
    notes = " ".join(map(escape, sheet.notes))
    if len(sheet.rows) > LONGEST:
        lines = [
            rf"\begin{{longtable}}{{{layout}}}", caption + r" \\", r"\toprule", heading,
            r"\midrule", r"\endfirsthead", r"\toprule", heading, r"\midrule", r"\endhead",
            r"\bottomrule", r"\endfoot", *body, r"\end{longtable}",
            rf"\noindent{{\footnotesize \textit{{Notes:}} {notes}\par}}",
        ]  # fmt: skip
    else:
        lines = [
            r"\begin{table}[htbp]", r"\centering", r"\begin{threeparttable}", caption,
            rf"\begin{{tabular}}{{{layout}}}", r"\toprule", heading, r"\midrule", *body,
            r"\bottomrule", r"\end{tabular}", r"\begin{tablenotes}[flushleft]", r"\footnotesize",
            rf"\item \textit{{Notes:}} {notes}", r"\end{tablenotes}", r"\end{threeparttable}",
            r"\end{table}",
        ]  # fmt: skip
    return "\n".join(lines)


def _layout(sheet: Sheet, index: int) -> str:
    """Return a column's type: words to the left, figures aligned at the decimal point."""
    column = sheet.columns[index]
    if column.digits is None:
        return "l"
    shown = [column.shown(row[index]) for row in sheet.rows if not isinstance(row[index], str)]
    whole = max((len(text.lstrip("−").partition(".")[0]) for text in shown), default=1)
    sign = "-" * any(text.startswith("−") for text in shown)
    return f"S[table-format={sign}{max(whole, 1)}.{column.digits}]"


def _body(sheet: Sheet) -> Iterator[str]:
    for row in sheet.rows:
        pairs = list(zip(sheet.columns, row, strict=True))
        yield " & ".join(_cell(column, entry) for column, entry in pairs) + r" \\"
        if any(column.beneath(entry) for column, entry in pairs):
            brackets = (column.beneath(entry).replace("−", "$-$") for column, entry in pairs)
            yield " & ".join(f"{{{text}}}" if text else "" for text in brackets) + r" \\"


def _cell(column: Column, entry: Entry) -> str:
    text = column.shown(entry)
    if column.digits is None:
        return escape(text)
    return f"{{{escape(text)}}}" if isinstance(entry, str) else text.replace("−", "-")
