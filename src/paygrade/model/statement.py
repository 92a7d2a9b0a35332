"""The principal's problem written out: the bilevel program, or its first-order relaxation.

The program is theory section 2; every primitive stands below it with its numbers, so that the page
says all there is to know about the problem. LaTeX goes into a display ($$...$$); Jupyter shows it.
"""

from dataclasses import dataclass
from typing import Protocol

from paygrade.errors import ModelError
from paygrade.model.effort import EffortCost, EffortSet, Finite, Value
from paygrade.model.monitor import Monitor
from paygrade.model.utility import Utility

Line = tuple[str, str]  # the same as plain text and as LaTeX


class Problem(Protocol):
    """What a statement needs to know; `MoralHazard` has it."""

    @property
    def utility(self) -> Utility: ...
    @property
    def cost(self) -> EffortCost: ...
    @property
    def value(self) -> Value: ...
    @property
    def monitor(self) -> Monitor: ...
    @property
    def efforts(self) -> EffortSet: ...
    @property
    def reservation_utility(self) -> float: ...
    @property
    def wage_floor(self) -> float | None: ...
    @property
    def wage_cap(self) -> float | None: ...


@dataclass(frozen=True)
class Statement:
    """A problem's program.

    Attributes:
        problem: the `MoralHazard` that it states.
        relaxed: whether incentive compatibility is only local.
    """

    problem: Problem
    relaxed: bool = False

    def __post_init__(self) -> None:
        if self.relaxed and isinstance(self.problem.efforts, Finite):
            raise ModelError(
                f"efforts are the levels {list(self.problem.efforts.values)}, and levels have no"
                " first-order condition to relax to; state the program with relaxed=False, which"
                " compares the levels, or give efforts=Interval(...)"
            )

    def latex(self) -> str:
        """Return the program as one LaTeX aligned environment, without dollar signs."""
        program, primitives = self._program(), self._primitives()
        lines = [f"{program[0][1]} \\\\", f"\\text{{s.t.}}\\quad {program[1][1]} \\\\"]
        lines += [f"{line[1]} \\\\" for line in program[2:]]
        lines += [f"\\text{{with}}\\quad {primitives[0][1]} \\\\"]
        lines += [f"{line[1]} \\\\" for line in primitives[1:]]
        body = "\n".join(lines).removesuffix(" \\\\")
        return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def __str__(self) -> str:
        program = [line[0] for line in self._program()]
        lines = [program[0], "subject to", *(f"  {text}" for text in program[1:]), "with"]
        return "\n".join(lines + [f"  {line[0]}" for line in self._primitives()])

    def _program(self) -> list[Line]:
        x, x_tex = self._outcome, self._outcome
        objective = (
            f"maximise over w(·), e:  R(e) - E_e[w({x})]",
            f"\\max_{{w(\\cdot),\\, e}}\\quad & R(e) - \\mathbb{{E}}_e[w({x_tex})]",
        )
        incentive = self._local() if self.relaxed else self._global()
        return [objective, incentive, self._participation(), *self._bounds()]

    @property
    def _outcome(self) -> str:
        return "K" if hasattr(self.problem.monitor, "accuracy") else "X"

    @property
    def _in_money(self) -> bool:
        return self.problem.utility.cost_in_money

    def _global(self) -> Line:
        x, efforts = self._outcome, _effort_set(self.problem.efforts)
        if self._in_money:
            text, tex = f"u(w({x}) - c(e'))", f"u(w({x}) - c(e'))"
            cost = ""
        else:
            text, tex, cost = f"u(w({x}))", f"u(w({x}))", " - c(e')"
        return (
            f"(IC)  e in argmax over e' in {efforts[0]} of E_e'[{text}]{cost}",
            (
                f"& e \\in \\operatorname*{{arg\\,max}}_{{e' \\in {efforts[1]}}}\\;"
                f" \\mathbb{{E}}_{{e'}}[{tex}]{cost} \\qquad \\text{{(IC)}}"
            ),
        )

    def _local(self) -> Line:
        """State the first-order condition: an inequality at the upper end, none at the lower."""
        x, efforts = self._outcome, self.problem.efforts
        low, high = _number(efforts.low), _number(efforts.high)
        left = (f"E_e[u(w({x}))]", f"\\mathbb{{E}}_e[u(w({x}))]")
        if self._in_money:  # the certainty equivalent, whose h is the inverse of u
            left = (f"h({left[0]})", f"h\\bigl({left[1]}\\bigr)")
        text = f"(IC, local)  d/de {left[0]} = c'(e) if e > {low[0]}"
        tex = f"& \\frac{{d}}{{de}} {left[1]} = c'(e) \\;\\text{{ if }} e > {low[1]}"
        if efforts.high < float("inf"):
            text = text.replace(f"e > {low[0]}", f"{low[0]} < e < {high[0]}")
            text += f";  >= c'(e) if e = {high[0]}"
            tex = tex.replace(f"e > {low[1]}", f"{low[1]} < e < {high[1]}")
            tex += f",\\quad \\geq c'(e) \\;\\text{{ if }} e = {high[1]}"
        return text, f"{tex} \\qquad \\text{{(IC, local)}}"

    def _participation(self) -> Line:
        x, (outside, outside_tex) = self._outcome, _number(self.problem.reservation_utility)
        if self._in_money:
            return (
                f"(IR)  E_e[u(w({x}) - c(e))] >= u({outside})",
                (
                    f"& \\mathbb{{E}}_e[u(w({x}) - c(e))] \\geq u({outside_tex})"
                    " \\qquad \\text{(IR)}"
                ),
            )
        return (
            f"(IR)  E_e[u(w({x}))] - c(e) >= {outside}",
            f"& \\mathbb{{E}}_e[u(w({x}))] - c(e) \\geq {outside_tex} \\qquad \\text{{(IR)}}",
        )

    def _bounds(self) -> list[Line]:
        x, floor, cap = self._outcome.lower(), self.problem.wage_floor, self.problem.wage_cap
        if floor is None and cap is None:
            return []
        low, low_tex = ("", "") if floor is None else _number(floor)
        high, high_tex = ("", "") if cap is None else _number(cap)
        text = f"{low} <= " * bool(low) + f"w({x})" + f" <= {high}" * bool(high)
        tex = f"{low_tex} \\leq " * bool(low) + f"w({x})" + f" \\leq {high_tex}" * bool(high)
        return [
            (f"(LL)  {text} for all {x}", f"& {tex} \\quad \\forall {x} \\qquad \\text{{(LL)}}")
        ]

    def _primitives(self) -> list[Line]:
        from paygrade.model.symbolic_statement import law_lines, primitive_lines

        problem, efforts = self.problem, _effort_set(self.problem.efforts)
        lines: list[tuple[str, str]] = primitive_lines(problem.utility, problem.cost, problem.value)
        if self._in_money and self.relaxed:
            lines.append(("h(v) = the wage w with u(w) = v", "h = u^{-1}"))
        lines += law_lines(problem.monitor, self.problem.efforts)
        lines.append((f"e in {efforts[0]}", f"e \\in {efforts[1]}"))
        return [(text, f"& {tex}") for text, tex in lines]


def _effort_set(efforts: EffortSet) -> Line:
    if isinstance(efforts, Finite):
        numbers = [_number(value) for value in efforts.values]
        text, tex = (", ".join(number[place] for number in numbers) for place in (0, 1))
        return f"{{{text}}}", f"\\{{{tex}\\}}"
    (low, low_tex), (high, high_tex) = _number(efforts.low), _number(efforts.high)
    end = "]" if efforts.high < float("inf") else ")"
    return f"[{low}, {high}{end}", f"[{low_tex}, {high_tex}{end}"


def _number(value: float) -> tuple[str, str]:
    from paygrade.model.symbolic_statement import shown

    text, tex = shown(value)
    return text, tex
