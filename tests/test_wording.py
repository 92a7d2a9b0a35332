"""One way of writing: what the tool prints reads the same in every command."""

import ast
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

import paygrade as pg
from paygrade.cli.entry import app
from paygrade.kit.announced import design_rule
from paygrade.report.economics import EXAMPLE, read_economics

SOURCE = Path(__file__).resolve().parents[1] / "src" / "paygrade"
REPLACED = ("explore", "robust", "web")  # rooms that put the space in afterwards


def closed_up(text: str) -> Iterator[int]:
    """Lines with a percentage that would be printed without its space, as 67.3%."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            spec = ast.unparse(node.format_spec)
            if spec.strip("f'\"").endswith("%"):
                yield node.lineno


def test_percentages_have_their_space_everywhere() -> None:
    found = [
        f"{path.relative_to(SOURCE)}:{line}"
        for path in SOURCE.rglob("*.py")
        if path.relative_to(SOURCE).parts[0] not in REPLACED
        for line in closed_up(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_the_check_sees_a_percentage_without_its_space() -> None:
    assert list(closed_up('x = f"{share:.1%} of it"\n')) == [1]
    assert not list(closed_up('x = f"{100 * share:.1f} % of it"\n'))


def test_a_banning_rule_is_told_in_sentences() -> None:
    rule = "Ban below 75 % of the last 10, from the 8th on, checked after every task"
    options = ["--accuracy", "0.9", "--answers", "50"]
    said = CliRunner().invoke(app, ["plan", "--rule", rule, *options]).output
    assert "ban for less than 75 % right of the last 10" in said
    assert "90 % of answers, 47.9 % are banned within 50 answers; they give" in said
    for raw in ("mean_answers", "0.47", "  low"):
        assert raw not in said


def test_a_simulated_share_comes_with_its_interval() -> None:
    told = str(pg.operating_curve("20 wrong of the last 40", [0.6], answers=[60]))
    assert "simulated, 99.9 % intervals" in told
    assert " % to " in told


def test_amounts_have_the_decimals_of_the_unit() -> None:
    bonus = (Decimal("4.6"), Decimal("7.78"))
    rule = pg.PayRule(pg.BinaryContract(4.6, 7.78, 16), bonus, 20, "golden", 0.9, 0.9)
    assert "pay 4.60, add 7.78 if at least 16 agree" in str(rule)
    wages = (Decimal(1), Decimal(3))
    tiers = pg.PayRule(pg.TieredContract([16], [1, 3]), wages, 20, "golden", 0.9, 0.9)
    assert "pay 1.00, 3.00 from 16 on" in str(tiers)


def test_no_amount_is_minus_zero() -> None:
    with pytest.raises(pg.ModelError, match=r"wage_floor=-1 lies below 0, where"):
        pg.MoralHazard(
            utility=pg.SquareRootUtility(),
            cost=pg.PowerCost(scale=1.0, power=2.0),
            value=pg.LinearValue(slope=2.0),
            monitor=pg.ExpertReview(n=10, rho=0.8),
            wage_floor=-1.0,
        )


def test_the_example_has_a_place_for_what_careful_work_looks_like(tmp_path: Path) -> None:
    path = tmp_path / "economics.toml"
    path.write_text(EXAMPLE, encoding="utf-8")
    assert read_economics(path).monitor.signal is None
    path.write_text(EXAMPLE.replace("# signal", "signal"), encoding="utf-8")
    assert read_economics(path).monitor.signal == 0.7


def test_options_of_every_command_say_what_they_are() -> None:
    for command in app.registered_commands:
        name = str(command.callback.__name__ if command.callback else "").replace("_", "-")
        text = CliRunner().invoke(app, [name, "--help"], terminal_width=200).output
        lines = [line.rstrip() for line in text.splitlines()]
        for line, after in zip(lines, [*lines[1:], ""], strict=True):
            if line.startswith("  --") and len(line.split("  ")) < 3:
                assert after.startswith(" " * 8), (name, line)


def test_a_survey_without_margins_is_told_the_line_to_write(tmp_path: Path) -> None:
    path = tmp_path / "economics.toml"
    path.write_text(EXAMPLE, encoding="utf-8")
    with pytest.raises(pg.DataError, match=r"under \[monitor\] in the economics: signal = 0\.7"):
        design_rule(read_economics(path), 12, None)
