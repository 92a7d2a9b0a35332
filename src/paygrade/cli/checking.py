"""`paygrade check`: what a rule already in use does, and what would do better."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from paygrade.cli import columns
from paygrade.cli.terminal import FIGURES, Plot, check_place, progress_bar, write_whole
from paygrade.errors import DataError

if TYPE_CHECKING:
    from paygrade.operations.rule import PayRule


@columns.reads_labels
def check(
    rule: Annotated[
        Path | None, typer.Argument(help="TOML of the rule, or JSON of design --json.")
    ] = None,
    preset: Annotated[
        str | None, typer.Option(help="A rule found on a platform; see --list-presets.")
    ] = None,
    words: Annotated[
        str | None, typer.Option(help='The rule: "1.00 + 0.50 x accuracy, 10 checks".')
    ] = None,
    ban: Annotated[
        str | None, typer.Option(help='With it: who is banned, "75 % of the last 10".')
    ] = None,
    economics: Annotated[
        Path | None, typer.Option("--economics", "-e", help="TOML of money figures.")
    ] = None,
    labels: Annotated[
        Path | None, typer.Option(help="Label file that shows what careful work gets right.")
    ] = None,
    monitor: Annotated[str | None, typer.Option(help="expert, repeats or golden.")] = None,
    careful: Annotated[
        float | None, typer.Option(help="Share of checks that careful work gets right.")
    ] = None,
    effort: Annotated[float | None, typer.Option(help="Effort hoped for, 0 to 1.")] = None,
    worth_of_staying: Annotated[
        float | None, typer.Option(help="Money that a ban takes from an annotator.")
    ] = None,
    hours: Annotated[float | None, typer.Option(help="That a careful batch takes.")] = None,
    hourly_floor: Annotated[float | None, typer.Option(help="Least pay an hour.")] = None,
    *,
    read: columns.Reading,
    plot: Plot = None,
    list_presets: Annotated[
        bool, typer.Option("--list-presets", help="List the presets and where they are from.")
    ] = False,
    show: Annotated[
        bool, typer.Option("--show", help="With --preset: print its file to edit, and stop.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Check a pay rule in use: whom it pays what, whom it punishes wrongly, what would do better.

    Example: paygrade check rule.toml --economics economics.toml --hours 1.5 --hourly-floor 6
    """
    options = dict(locals())
    if list_presets:
        _list(as_json=as_json)
        return
    if show:
        if preset is None:
            raise DataError("--show prints a preset; name one with --preset")
        from paygrade.audit.presets import find_preset

        typer.echo(find_preset(preset).toml, nl=False)
        return
    check_place("--plot", plot, FIGURES)
    from paygrade.audit.check import check_rule
    from paygrade.audit.plot import save_check

    with progress_bar(8) as progress:
        progress("reading the rule")
        audited = _rule(options, read)
        found = check_rule(
            audited,
            economics,
            hours=hours,
            hourly_floor=hourly_floor,
            worth_of_staying=worth_of_staying,
            effort=effort,
            progress=progress,
        )
        if plot is not None:
            progress("drawing")
            write_whole(plot, lambda path: save_check(found.plot(), path))
    if as_json:
        typer.echo(json.dumps(found.to_dict(), indent=2, allow_nan=False))
    else:
        typer.echo(str(found) + ("" if plot is None else f"\n\nFigure: {plot}"))


def _list(*, as_json: bool) -> None:
    from paygrade.audit.presets import PRESETS

    if as_json:
        kept = [{k: v for k, v in vars(each).items() if k != "text"} for each in PRESETS.values()]
        typer.echo(json.dumps(kept, indent=2))
        return
    for each in PRESETS.values():
        typer.echo(f"{each.name}\n  {each.documented}.\n  Source: {each.source}.")
        typer.echo(f"  Put in: {each.added}.")


def _rule(options: dict[str, Any], read: dict[str, Any]) -> "PayRule":
    """Return the rule that the options name, with what they say of careful work."""
    from dataclasses import replace

    from paygrade.audit.presets import find_preset
    from paygrade.audit.sources import careful_share, rule_in_words
    from paygrade.operations.rule_file import read_rule

    given = {name: options[name] for name in ("rule", "preset", "words")}
    named = [name for name, value in given.items() if value is not None]
    if len(named) != 1:
        what = "no rule is given" if not named else f"{' and '.join(named)} each name a rule"
        raise DataError(f"{what}; give one of RULE.toml, --preset and --words")
    if options["ban"] is not None and named != ["words"]:
        raise DataError("--ban goes with --words; a rule file has it under [ban]")
    share = careful_share(options["economics"], options["monitor"], options["careful"],
        options["labels"], read)  # fmt: skip
    if named == ["words"]:
        return rule_in_words(options["words"], options["ban"], options["monitor"], share)
    found = find_preset(given["preset"]).rule if given["preset"] else read_rule(given["rule"])
    if options["monitor"] is not None:
        found = replace(found, counted=options["monitor"])
    if share is not None:  # the effort that is hoped for stays what it was
        hoped = found.effort_at(found.expected)
        found = replace(found, careful=share, expected=share)
        found = replace(found, expected=found.share_at(hoped))
    return found
