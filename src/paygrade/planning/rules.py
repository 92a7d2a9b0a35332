"""Rules by which annotators are kept or banned, and their reading from everyday words.

A rule looks at the last `window` answers (or at all so far), from the `start`-th answer on, and
bans who has too few right: fewer than a share of those looked at, or more than `wrong` wrong.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

from paygrade.arguments import checked_arguments
from paygrade.errors import ModelError, raise_problems
from paygrade.model.checks import count

NUMBER = r"(\d+(?:\.\d+)?|\.\d+)"
SHARE = rf"(?:{NUMBER}\s*%|{NUMBER})"
LAST = r"(?:the\s+)?(?:last|latest|previous|past)\s+(?P<last>\d+)\b"
OF = rf"(?:out )?of (?:{LAST}|(?P<size>\d+)\b)"
COUNTED = (
    r"(?:(?P<sign>at least|more than|over|fewer than|less than|under|below|at most|up to) )?"
    r"(?<![\d.])(?P<number>\d+) (?P<or>or more )?"
    rf"(?P<what>wrong|errors?|mistakes?|right|correct)(?: answers?)? {OF}"
)


@dataclass(frozen=True)
class BanRule:
    """Ban whoever has too few right among the answers looked at.

    Arguments:
        share: least share of right answers; exact, so that "75 %" of 8 is 6. None: see `wrong`.
        wrong: most wrong answers. Exactly one of `share` and `wrong` is given.
        window: how many of the last answers count; None for all so far.
        start: the rule is not applied before this many answers. None: once the window is full.
        repeated: applied after every answer from `start` on; else once, at `start`.

    Raises:
        ModelError: naming every problem.

    >>> BanRule(share=0.75, window=10, start=8, repeated=True).allowed(8)
    2
    """

    share: Fraction | float | str | None = None
    wrong: int | None = None
    window: int | None = None
    start: int | None = None
    repeated: bool = False

    def __post_init__(self) -> None:
        problems = []
        if (self.share is None) == (self.wrong is None):
            problems.append(
                f"share={self.share!r} and wrong={self.wrong!r} leave the bar open; give one"
            )
        if self.share is not None:
            try:
                object.__setattr__(self, "share", Fraction(str(self.share)))
            except ValueError:
                problems.append(f"share={self.share!r} is no number; give one such as 0.75")
            else:
                if not 0 <= self.share <= 1:  # type: ignore[operator]
                    problems.append(f"share={self.share} is no share; give a number from 0 to 1")
        if self.wrong is not None and not (self.wrong >= 0 and self.wrong == int(self.wrong)):
            problems.append(f"wrong={self.wrong!r} is no count; give 0, 1, 2, ...")
        for name in ("window", "start"):
            if getattr(self, name) is not None:
                problems += count(name, getattr(self, name), "looks at nothing")
        if self.start is None and self.window is None:
            problems.append("neither window nor start says how many answers count; give one")
        raise_problems(problems)
        if self.start is None:
            object.__setattr__(self, "start", self.window)

    @property
    def first(self) -> int:
        """The answer after which the rule is applied for the first time."""
        return int(self.start or 1)

    def seen(self, answers: int) -> int:
        """Return how many answers the rule looks at after `answers` of them."""
        return answers if self.window is None else min(answers, self.window)

    def allowed(self, answers: int) -> int:
        """Return how many of the answers looked at may be wrong, after `answers` of them."""
        seen = self.seen(answers)
        if self.wrong is not None:
            return min(self.wrong, seen)
        least = Fraction(self.share or 0) * seen  # at least this many right
        return seen - -(-least.numerator // least.denominator)

    def applies(self, answers: int) -> bool:
        """Return whether the rule is applied after `answers` answers."""
        return answers == self.first or (self.repeated and answers > self.first)

    def __str__(self) -> str:
        if self.wrong is not None:
            bar = f"more than {self.wrong} wrong"
        else:
            bar = f"less than {float(100 * Fraction(self.share or 0)):.4g} % right"
        where = f"all {self.first}" if self.window is None else f"the last {self.window}"
        if self.window is None and self.repeated:
            where = "all so far"
        when = (
            f"after every answer from answer {self.first} on"
            if self.repeated
            else (f"once, after {self.first}")
        )
        return f"ban for {bar} of {where}, applied {when}"


@checked_arguments
def parse_rule(text: str, *, repeated: bool | None = None) -> BanRule:
    """Return the rule that a phrase of everyday English states.

    Understood are, in any capitals and with words around them,

    - "75 % of the last 10", "0.75 of the last 10", "1 wrong of the last 20";
    - "0 wrong of 5" (so many are forgiven), "more than 1 wrong of 5", "3 or more wrong of 10" (so
      many ban), "4 right of 5" (so many are asked for), "80 % of 10";
    - "0.7 after 10", "70 % after 10": of all answers, from the tenth on;
    - and then "from the 8th on" and "after every answer" or "once".

    Arguments:
        text: the phrase.
        repeated: applied after every answer, or once. None: what the text says; if it says nothing,
            a window of the *last* answers is watched after every answer, and the others once.

    Raises:
        ModelError: the text states no rule of these forms.

    >>> print(parse_rule("Ban below 75 % of the last 10, from the 8th on, after every task"))
    ban for less than 75 % right of the last 10, applied after every answer from answer 8 on
    >>> parse_rule("0 wrong of 5").allowed(5), parse_rule("0.7 after 10").allowed(10)
    (0, 3)
    """
    said = " ".join(text.lower().replace("per cent", "%").replace("percent", "%").split())
    every = re.search(r"\b(?:every|each|continuous\w*)\b", said) is not None
    once = re.search(r"\bonce\b", said) is not None
    if every and once:
        raise ModelError(f"rule {text!r} is applied both once and every time; keep one of them")
    start = re.search(r"\bfrom (?:the )?(\d+)(?:st|nd|rd|th)?\b", said)
    first = int(start[1]) if start else None
    if repeated is None:
        repeated = every or (re.search(rf"\bof {LAST}", said) is not None and not once)
    counted = re.search(COUNTED, said)
    if counted:
        most, n = _most_wrong(counted, text), int(counted["last"] or counted["size"])
        if repeated or counted["last"]:
            return BanRule(wrong=most, window=n, start=first, repeated=repeated)
        return BanRule(wrong=most, start=first or n, repeated=False)
    shared = re.search(rf"{SHARE}(?: right| correct)? {OF}", said)
    after = re.search(rf"{SHARE}(?: right| correct)? after (\d+)\b", said)
    if (shared or after) and re.search(r"wrong|error|mistake", said):
        raise ModelError(f"rule {text!r} states a share of wrong answers; state the share right")
    if shared:
        n = int(shared["last"] or shared["size"])
        return BanRule(share=_share(shared), window=n, start=first, repeated=repeated)
    if after:
        return BanRule(share=_share(after), start=first or int(after[3]), repeated=repeated)
    raise ModelError(
        f"rule {text!r} can't be read; write it like '75 % of the last 10, from the 8th on',"
        " '0 wrong of 5' or '0.7 after 10', or make a BanRule"
    )


def _share(match: re.Match[str]) -> Fraction:
    return Fraction(match[1]) / 100 if match[1] else Fraction(match[2])


def _most_wrong(counted: re.Match[str], text: str) -> int:
    """Return how many wrong answers a count of right or wrong ones forgives.

    A bare number of wrong answers is forgiven, a bare number of right ones asked for. "At least 3
    wrong" and "3 or more wrong" can only be what somebody is banned for, "fewer than 4 right" too.
    """
    number, n = int(counted["number"]), int(counted["last"] or counted["size"])
    sign = counted["sign"] or ("at least" if counted["or"] else "")
    if counted["what"] == "right" or counted["what"] == "correct":
        number += sign in ("more than", "over")
        most = n - number
    else:
        number -= sign in ("at least", "fewer than", "less than", "under", "below")
        most = number
    if not 0 <= most <= n:
        raise ModelError(
            f"rule {text!r} leaves {most} wrong of {n} answers, which can't be; correct the numbers"
        )
    return most
