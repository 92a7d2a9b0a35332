"""Pay rules in everyday words: "1.00 + 0.50 x accuracy", and the numbers of the rule file in them.

The words are read into the entries that a rule file has, so that one language of rules is checked
in one place (`operations/rule_file.py`). Banning rules have words of their own, read by
`planning/rules.py`.
"""

import re
from decimal import Decimal
from fractions import Fraction
from typing import Any

from paygrade.errors import ModelError

AMOUNT = r"(\d{1,15}(?:\.\d{1,9})?)"
MARK = rf"(?:{AMOUNT}\s*%|(\d{{1,9}}))"  # a share of the checks, or a count of them
RIGHT = r"(?:\s*(?:are |is )?(?:right|correct|agree\w*))?"
OF = r"(?:\s*(?:out )?of (?P<size>\d{1,9}))"
SHARE = r"(?:the )?(?:accuracy|share\b[\w ]*|score|quality)"
TIMES = r"\s*(?:x|times)\s*"
LINEAR = re.compile(rf"{AMOUNT}\s*\+\s*(?:{AMOUNT}{TIMES}{SHARE}|{SHARE}{TIMES}{AMOUNT})")
BONUS = re.compile(
    rf"{AMOUNT}\s*\+\s*{AMOUNT}(?: more| extra| bonus)? (?:if|for|from) (?:at least )?"
    rf"{MARK}{RIGHT}{OF}?{RIGHT}"
)
ELSE = r"\s*[,;]?\s*(?:or )?(?:else|otherwise) "
CHOICE = re.compile(rf"(?:if )?at least {MARK}{RIGHT}{OF}?{RIGHT}\s*[:,]\s*{AMOUNT}{ELSE}{AMOUNT}")
BANDS = re.compile(rf"{AMOUNT} (?:below|under) {MARK}{RIGHT}{OF}?{RIGHT}")
BAND = re.compile(rf"{AMOUNT} from {MARK}{RIGHT}{OF}?{RIGHT}")
FLAT = re.compile(rf"{AMOUNT}(?: flat| a batch| per batch| for each batch)?")
CURRENCIES = {"dollars": r"\$|dollar|usd", "euros": "€|euro|eur", "pounds": r"£|pound|gbp|\dp\b"}
NAMES = r"(?:us )?dollars?|euros?|pounds?|francs?|yen|rupees?|usd|eur|gbp|chf|jpy|inr|cad|aud"
BEFORE = re.compile(rf"[$€£¥₹]|\b(?:{NAMES})\b(?=\s*\d)")
AFTER = re.compile(rf"(?<=\d)\s*(?:{NAMES})\b")
CENTS = re.compile(r"(?<![\d.])(\d{1,9})\s*(?:¢|(?:p|pence|c|cts?|cents?)\b)")
CHECKS = re.compile(
    r",?\s*(?:with |on )?(\d{1,9}) (?:checks|questions|golden answers)(?: counted)?$"
)


def parse_pay(text: str, checks: int | None = None) -> dict[str, Any]:
    """Return the entries of a rule file's `[rule]` that the words state.

    Understood are, in any capitals, with or without a currency's sign or name ("$2", "2 dollars",
    "50 cents", "50p"),

    - "1.00 + 0.50 x accuracy": a rate on the share that is right;
    - "8.00, plus 4.50 if at least 7 of 10 are right", "8 + 4.50 if at least 70 %": a bonus;
    - "at least 8 of 10 right: 3.00, else 2.00": the same bonus of 1.00, said by what is paid;
    - "1.00 below 60 %, 1.20 from 60 %, 1.50 from 80 %": bands, whose marks may be counts too;
    - "12.00 flat";

    and ", 10 checks" after any of them. A share becomes the smallest count that reaches it.

    Arguments:
        text: the words.
        checks: checks counted in a batch, where the words don't say.

    Raises:
        ModelError: the words state no rule of these forms, or leave the number of checks open.

    >>> parse_pay("$1.00 + $0.50 x accuracy, 10 checks")["slope"]
    Decimal('0.50')
    >>> parse_pay("8.00, plus 4.50 if at least 70 %", checks=12)["cutoff"]
    9
    >>> parse_pay("At least 8 of 10 right: £3, else £2")["bonus"]
    Decimal('1')
    >>> parse_pay("1.00 below 60 %, 1.20 from 60 %, 1.50 from 80 %", checks=10)["cutoffs"]
    (6, 8)
    """
    said = " ".join(text.lower().split()).rstrip(". ")
    signs = [name for name, sign in CURRENCIES.items() if re.search(sign, said)]
    if len(signs) > 1:
        raise ModelError(f"{text!r} is in {' and '.join(signs)} at once; keep one currency")
    said = CENTS.sub(lambda found: str(Decimal(found[1]).scaleb(-2)), said)
    said = " ".join(AFTER.sub("", BEFORE.sub("", said)).split())
    said = said.replace("×", "x").replace("*", "x").replace("per cent", "%")
    counted = CHECKS.search(said)
    if counted:
        said = said[: counted.start()]
    said = re.sub(r",?\s*\bplus\b\s*", " + ", said)
    stated = {int(size) for size in re.findall(r"of (\d{1,9})", said)}
    stated |= {int(counted[1])} if counted else set()
    stated |= set() if checks is None else {checks}
    if len(stated) > 1:
        numbers = " and ".join(map(str, sorted(stated)))
        raise ModelError(f"{text!r} is about {numbers} checks at once; keep one number")
    found = _numbers(said, text, next(iter(stated), None))
    if not stated:
        raise ModelError(
            f"{text!r} leaves open how many checks count; give checks, or add ', 10 checks'"
        )
    return {"checks": stated.pop(), **found}


def _numbers(said: str, text: str, checks: int | None) -> dict[str, Any]:
    if found := FLAT.fullmatch(said):
        return {"family": "flat", "base": Decimal(found[1])}
    if found := LINEAR.fullmatch(said):
        return {
            "family": "linear",
            "base": Decimal(found[1]),
            "slope": Decimal(found[2] or found[3]),
        }
    if found := BONUS.fullmatch(said):
        return {
            "family": "binary",
            "base": Decimal(found[1]),
            "bonus": Decimal(found[2]),
            "cutoff": _mark(found[3], found[4], checks),
        }
    if found := CHOICE.fullmatch(said):
        high, low = Decimal(found[4]), Decimal(found[5])
        if high < low:
            raise ModelError(
                f"{text!r} pays less for what is asked for, so nobody would do it; swap the amounts"
            )
        return {
            "family": "binary",
            "base": low,
            "bonus": high - low,
            "cutoff": _mark(found[1], found[2], checks),
        }
    first, *others = re.split(r"\s*[,;]\s*(?:and )?", said)
    lowest, bands = BANDS.fullmatch(first), [BAND.fullmatch(each) for each in others]
    if lowest and bands and all(bands):
        steps = [band for band in bands if band]
        marks = tuple(_mark(band[2], band[3], checks) for band in steps)
        if _mark(lowest[2], lowest[3], checks) != marks[0]:
            raise ModelError(
                f"{text!r} leaves a gap between its lowest band and the next; say the same mark"
            )
        return {
            "family": "tiered",
            "cutoffs": marks,
            "wages": (Decimal(lowest[1]), *(Decimal(band[1]) for band in steps)),
        }
    raise ModelError(
        f"{text!r} can't be read; write it like '1.00 + 0.50 x accuracy', '8.00 plus 4.50"
        " if at least 7 of 10 are right', '1.00 below 60 %, 1.20 from 60 %' or '12.00 flat'"
    )


def _mark(share: str | None, number: str | None, checks: int | None) -> int:
    """Return the smallest count that reaches the mark; exact, so that 70 % of 10 is 7."""
    if number is not None:
        return int(number)
    least = Fraction(str(share)) / 100 * (checks or 1)
    return -(-least.numerator // least.denominator)
