"""The audit of a rule as a page for people who set pay and are no economists."""

import math
import textwrap
from collections.abc import Iterable, Sequence

from paygrade.audit.behaviour import Behaviour
from paygrade.audit.improvements import better
from paygrade.audit.rows import EffortRow
from paygrade.audit.staying import Bans
from paygrade.audit.types import (
    CHEAPEST,
    COSTLIEST,
    CostLimit,
    attention_price,
    incentives,
    is_incentive_compatible,
)
from paygrade.model.contract import (
    BinaryContract,
    LinearContract,
)
from paygrade.operations.rule import PayRule

WIDTH = 100
CENT = 0.005  # money that is shown as 0.00
NEEDED = (
    "That takes economics: what attention costs them and what they could earn elsewhere. `paygrade"
    " demo` writes an economics.toml to edit; give it with --economics. It also tells what a better"
    " rule would do."
)
Cells = Sequence[Sequence[str]]


def check_page(
    rule: PayRule,
    rows: Sequence[EffortRow],
    behaviour: Behaviour | None,
    *,
    hours: float | None,
    floor: float | None,
    notes: Sequence[str],
    bans: Bans | None = None,
) -> str:
    """Return the whole page; without `behaviour` it ends with what economics would add."""
    lines = ["The rule", f"  {rule}"]
    if rule.ban is not None:
        lines.append(f"  {rule.ban}")
    lines += ["", "What it does", *_wrapped(facts(rule, rows, hours, floor, bans)), *_table(rows)]
    lines += ["", "What annotators will do"]
    if behaviour is None:
        lines += _wrapped([NEEDED])
    else:
        lines += [*_wrapped(choices(behaviour)), *_kinds(behaviour)]
        lines += _wrapped(whom(behaviour))
        if behaviour.rivals is not None:
            lines += ["", "What would do better"]
            lines += _wrapped(better(behaviour, behaviour.rivals, rule.checks))
    if notes:
        lines += ["", "What this rests on", *_wrapped(notes)]
    return "\n".join(lines)


def facts(
    rule: PayRule,
    rows: Sequence[EffortRow],
    hours: float | None,
    floor: float | None,
    bans: Bans | None = None,
) -> list[str]:
    """Return what the rule does to a careful annotator and to somebody who clicks at random."""
    shirker, careful = rows[0], rows[-1]
    found = [_shirker(shirker, careful)]
    denied, passed = careful.earnings.denied, shirker.earnings.denied
    if denied is not None and passed is not None:
        what = "the bonus" if isinstance(rule.contract, BinaryContract) else "the highest pay"
        found.append(
            f"A careful annotator, right in {100 * careful.right:.0f} % of checks, is denied"
            f" {what} in"
            f" {_often(denied)} by bad luck alone; someone who clicks at random gets it in"
            f" {_often(1.0 - passed)}."
        )
    elif isinstance(rule.contract, LinearContract):
        found.append(
            "A rate denies no bonus; luck moves a careful annotator's pay by"
            f" {careful.earnings.deviation:.2f} (standard deviation)."
        )
    if careful.banned is not None and shirker.banned is not None and bans and bans.batches > 1:
        found.append(
            f"Within {bans.batches} batches a careful annotator gets banned with a probability of"
            f" {_percent(careful.banned)}, someone who clicks at random with"
            f" {_percent(shirker.banned)}."
        )
    elif careful.banned is not None and shirker.banned is not None:
        found.append(
            f"A careful annotator gets banned in {_often(careful.banned)}, someone who clicks at"
            f" random in {_often(shirker.banned)}."
        )
    if hours is not None:
        text = (
            f"A batch takes {hours:g} hours, so a careful annotator earns"
            f" {careful.earnings.hourly:.2f} an hour on average"
        )
        if floor is not None and careful.earnings.below_floor is not None:
            often = _often(careful.earnings.below_floor)
            text += f" and less than the floor of {floor:.2f} in {often}"
        found.append(text + ".")
    return found


def choices(behaviour: Behaviour) -> list[str]:
    """Return what the annotator of the economics does, and whether the effort hoped for holds."""
    effort, wanted = behaviour.effort, behaviour.wanted
    price = attention_price(behaviour.problem)
    who = "The annotator of your economics" + (
        f", for whom full attention has to earn {price:.2f} more than none,"
        if math.isfinite(price)
        else ""
    )
    does = (
        "does best by clicking at random"
        if effort <= behaviour.problem.efforts.low + 1e-9
        else f"does best with effort {effort:.2f}: so large a share of items gets attention"
    )
    found = [f"{who} {does}. {incentives(behaviour.certificate)}."]
    if abs(wanted - effort) > 1e-9:
        found.append(_hoped(behaviour))
    if not behaviour.takes_part:
        found.append(
            "Even so they are better off elsewhere: by these economics, pay doesn't make up for"
            " other work and the attention. Expect them to leave, or the economics to be wrong."
        )
    elif not behaviour.pay_suffices:
        found.append(
            "Pay alone doesn't make up for other work and the attention: they stay for what staying"
            " is worth, and later batches would have to pay that."
        )
    if behaviour.wage_slack < 0:
        found.append(f"A wage breaks the floor or cap by {-behaviour.wage_slack:.2f}.")
    return found


def _hoped(behaviour: Behaviour) -> str:
    """Return what becomes of the effort that is hoped for, where it is not the induced one."""
    asked = f"Effort {behaviour.wanted:.2f}, which is hoped for,"
    proof = behaviour.wanted_certificate
    if is_incentive_compatible(proof):
        return f"{asked} is as good for them."
    gain = behaviour.net(behaviour.effort) - behaviour.net(behaviour.wanted)
    if gain < CENT:
        best = f"{behaviour.effort:.4f}".rstrip("0").rstrip(".")
        return f"{asked} is worth as much to them to the cent; {best} is best by less than that."
    worth = f", worth {gain:.2f} to them" if math.isfinite(gain) else ""
    return f"{asked} is not what they will give: {proof.verdict}{worth}."


def whom(behaviour: Behaviour) -> list[str]:
    """Return for whom the rule holds, in extra pay that full attention has to earn."""
    if not behaviour.limits:
        return ["For whom else it holds can't be told: this cost of effort has no scale."]
    said = [_limit(limit) for limit in behaviour.limits]
    proved = all(limit.is_proved for limit in behaviour.limits)
    grade = "PROVED on both sides of each figure" if proved else "CHECKED, not proved"
    return [f"Who gives how much ({grade}):", *(f"- {text}" for text in said)]


def _shirker(shirker: EffortRow, careful: EffortRow) -> str:
    low, high = shirker.earnings.mean, careful.earnings.mean
    if high <= low + 1e-12:
        return f"Pay is {high:.2f} a batch whether an annotator is careful or clicks at random."
    return (
        f"Someone who clicks at random earns {low:.2f} a batch, {100 * low / high:.0f} % of the"
        f" {high:.2f} that a careful annotator earns."
    )


def _often(share: float) -> str:
    """Return a share of batches in words.

    >>> _often(0.05), _often(1.0), _often(1e-9)
    ('5.0 % of batches (1 in 20)', 'every batch', 'hardly any batch (less than 1 in 10,000)')
    """
    if share <= 0.0:
        return "no batch"
    if share >= 1.0 - 5e-5:
        return "every batch"
    if share < 1e-4:
        return "hardly any batch (less than 1 in 10,000)"
    digits = 1 if share >= 0.001 else 2
    odds = f" (1 in {1.0 / share:,.0f})" if share < 0.4 else ""
    return f"{100 * share:.{digits}f} % of batches{odds}"


def _money(amount: float) -> str:
    """Return an amount with two digits and no minus before nothing."""
    return f"{amount:.2f}".replace("-0.00", "0.00") if abs(amount) < 0.01 else f"{amount:.2f}"


def _limit(limit: CostLimit) -> str:
    asked = f"effort {limit.effort:.2f} or more"
    if limit.most == 0.0:
        return f"{asked}: nobody, even if attention costs {CHEAPEST:g} of what the economics say."
    if math.isinf(limit.most):
        return f"{asked}: everybody, up to {COSTLIEST:,.0f} times the economics' cost of attention."
    most = math.floor(limit.most * 100.0) / 100.0  # rounded into the range that is proved
    return f"{asked}: annotators for whom full attention has to earn up to {most:.2f} more."


def _table(rows: Sequence[EffortRow]) -> list[str]:
    first = rows[0]
    columns = {
        "effort": [f"{row.effort:.2f}" for row in rows],
        "right": [_percent(row.right) for row in rows],
        "earns": [f"{row.earnings.mean:.2f}" for row in rows],
        "sd": [f"{row.earnings.deviation:.2f}" for row in rows],
    }
    if first.earnings.denied is not None:
        columns["passes"] = [_percent(1.0 - (row.earnings.denied or 0.0)) for row in rows]
        columns["denied"] = [_percent(row.earnings.denied) for row in rows]
    if first.banned is not None:
        columns["banned"] = [_percent(row.banned) for row in rows]
    if first.earnings.hourly is not None:
        columns["an hour"] = [f"{row.earnings.hourly:.2f}" for row in rows]
    if first.earnings.below_floor is not None:
        columns["below floor"] = [_percent(row.earnings.below_floor) for row in rows]
    if first.net is not None:
        columns["worth to them"] = [_money(row.net or 0.0) for row in rows]
    return _aligned([list(columns), *zip(*columns.values(), strict=True)])


def _percent(share: float | None) -> str:
    return f"{100 * (share or 0.0):.1f} %"


def _kinds(behaviour: Behaviour) -> list[str]:
    cells = [["annotator", "attention costs", "effort", "earns", "stays"]]
    for kind in behaviour.kinds:
        price = f"{kind.price:.2f}" if math.isfinite(kind.price) else "any pay"
        stays = "yes" if kind.stays else "no"
        cells.append([kind.name, price, f"{kind.effort:.2f}", f"{kind.earns:.2f}", stays])
    return _aligned(cells, words=1)


def _aligned(cells: Cells, words: int = 0) -> list[str]:
    """Return rows of equal columns; the first `words` of them to the left."""
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    lines = []
    for row in cells:
        padded = [
            cell.ljust(width) if i < words else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  " + "   ".join(padded).rstrip())
    return lines


def _wrapped(texts: Iterable[str]) -> list[str]:
    folded = [
        textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="    ") for text in texts
    ]
    return [line for each in folded for line in each]
