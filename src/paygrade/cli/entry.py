"""The `paygrade` command: labels and a few money figures in, a certified pay rule out.

Results go to standard output, progress and complaints to standard error. Exit code 0: done; 2: the
input can't be used, with one message saying what and why; 130: interrupted. `verify` ends with 1
when a theorem fails.
"""

import typer

from paygrade.cli.assessing import assess
from paygrade.cli.attending import attention
from paygrade.cli.calibrating import calibrate
from paygrade.cli.checking import check
from paygrade.cli.designing import demo, design
from paygrade.cli.experimenting import experiment
from paygrade.cli.exploring import explore
from paygrade.cli.kitting import kit, kit_results
from paygrade.cli.operating import pay, sample
from paygrade.cli.places import apart
from paygrade.cli.planning import plan
from paygrade.cli.preferring import monitors
from paygrade.cli.selecting import select
from paygrade.cli.terminal import complaints
from paygrade.cli.verifying import verify

# In the order that --help shows: the rule, the people, the loop, the data, the theory.
COMMANDS = (
    *(design, check, demo, explore),
    *(assess, attention, plan, sample, pay),
    *(kit, kit_results),
    *(monitors, select, calibrate, experiment, verify),
)

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Grade annotators from their labels and design the pay that makes careful work pay.",
)


@app.callback()
def _paygrade() -> None:
    """Grade annotators from their labels and design the pay that makes careful work pay."""


for _command in COMMANDS:
    app.command()(complaints()(apart(_command)))


def main() -> None:
    """Run the command line."""
    app(prog_name="paygrade")
