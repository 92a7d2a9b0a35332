"""One way of writing: what the tool prints reads the same in every command."""

import ast
from collections.abc import Iterator
from pathlib import Path

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
