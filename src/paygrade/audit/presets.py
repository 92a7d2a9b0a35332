"""Rules found on platforms and in tools, written in the language of rule files.

Each says what its source documents and what had to be put in to make a rule of it: most sources
name a pass mark and no pay, or a ban and no batch. Change those figures to yours (`--show` prints
the file).
"""

import tomllib
from dataclasses import dataclass
from decimal import Decimal

from paygrade.errors import DataError
from paygrade.operations.rule import PayRule
from paygrade.operations.rule_file import RuleFile
from paygrade.settings import checked


@dataclass(frozen=True)
class Preset:
    """A rule in use somewhere.

    Attributes:
        name: to ask for it by.
        source: where it is documented.
        documented: what the source says.
        added: what the source leaves open and was put in.
        text: the rule file.
    """

    name: str
    source: str
    documented: str
    added: str
    text: str

    @property
    def rule(self) -> PayRule:
        """The rule of the file."""
        found = tomllib.loads(self.text, parse_float=Decimal)
        return checked(found, RuleFile, f"preset {self.name}", self.text).pay_rule()

    @property
    def toml(self) -> str:
        """The rule file with what is known about it on top."""
        return (
            f"# {self.documented}\n# Source: {self.source}.\n# Put in: {self.added}.\n{self.text}"
        )


def _file(rule: str, ban: str = "", careful: str = "0.90") -> str:
    counted = f'[counted]\nwhat = "golden"\ncareful = {careful}\n'
    banned = f'\n[ban]\nrule = "{ban}"\n' if ban else ""
    return f"\n[rule]\n{rule}\n\n{counted}{banned}"


CAREFUL = "careful work is right in 90 % of checks"
FLAT = 'text = "10.00 flat"\nchecks = {}'

PRESETS = {
    preset.name: preset
    for preset in (
        Preset(
            "toloka-pricing",
            "Toloka knowledge base, pricing",
            "Base 1 dollar plus accuracy x 0.50: 7 of 10 earn 1.35, 5 of 10 earn 1.25",
            CAREFUL,
            _file('text = "1.00 + 0.50 x accuracy"\nchecks = 10'),
        ),
        Preset(
            "toloka-bands",
            "Toloka knowledge base, pricing by bands of skill",
            "A price for each band of skill",
            f"bands at 70 % and 90 % of 20 checks, 1.00, 1.25 and 1.50; {CAREFUL}",
            _file('text = "1.00 below 70 %, 1.25 from 70 %, 1.50 from 90 %"\nchecks = 20'),
        ),
        Preset(
            "toloka-ban",
            "Toloka API, example of control tasks",
            "Banned below 75 % of the last 10 control tasks, first computed after more than 7",
            f"a stretch of 50 control tasks, pay of 10.00; {CAREFUL}",
            _file(FLAT.format(50), "75 % of the last 10, from the 8th on, after every task"),
        ),
        Preset(
            "appen-quiz",
            "Appen, quiz mode",
            "A quiz; below the minimum accuracy, removed and all answers discarded",
            f"a quiz of 10, a minimum of 70 %, pay of 10.00, lost below it; {CAREFUL}",
            _file('text = "0.00 plus 10.00 if at least 70 %"\nchecks = 10', "70 % of 10"),
        ),
        Preset(
            "appen-levels",
            "Appen, contributor guides",
            "After 100 test questions, level 1 from 70 % and level 2 from 80 %",
            f"pay of 10.00, 11.00 and 12.00; {CAREFUL}",
            _file('text = "10.00 below 70 %, 11.00 from 70 %, 12.00 from 80 %"\nchecks = 100'),
        ),
        Preset(
            "potato-gold",
            "Potato, gold standard settings",
            "Minimum accuracy 0.7 after 10 gold items",
            f"pay of 10.00; {CAREFUL}",
            _file(FLAT.format(10), "0.7 after 10"),
        ),
        Preset(
            "potato-attention",
            "Potato, attention checks",
            "A check every 10 items; blocked at the fifth failure",
            "a stretch of 500 items, so 50 checks, pay of 10.00; careful work passes 95 %",
            _file(FLAT.format(50), "5 or more wrong of 50", "0.95"),
        ),
        Preset(
            "mephisto-gold",
            "Mephisto, defaults of its gold units (min_golds = 1, max_incorrect_golds = 0)",
            "Disqualified at the first wrong gold answer",
            "a stretch of 5 golds, pay of 10.00; careful work is right in 95 % of checks",
            _file(FLAT.format(5), "0 wrong of 5", "0.95"),
        ),
        Preset(
            "mturk-bonus",
            "Mechanical Turk, MTBonusFromQual of MetaTurkR",
            "A fixed bonus if a score reaches a threshold",
            f"8.00, and 2.00 from 16 of 20 on; {CAREFUL}",
            _file('text = "8.00 plus 2.00 if at least 16 of 20 are right"'),
        ),
        Preset(
            "prolific-checks",
            "Prolific, rules on attention checks",
            "At least two checks in studies over 5 minutes; rejected only after failing two",
            "exactly 2 checks, pay of 10.00; careful work passes 98 %",
            _file('text = "0.00 plus 10.00 if at least 1 of 2 are right"', careful="0.98"),
        ),
    )
}


def find_preset(name: str) -> Preset:
    """Return the preset of that name.

    Raises:
        DataError: there is none.

    >>> round(find_preset("toloka-pricing").rule.expected_pay(0.5), 9)
    1.25
    """
    if name not in PRESETS:
        raise DataError(f"there is no preset {name!r}; choose {', '.join(PRESETS)}")
    return PRESETS[name]
