"""Every notebook runs from top to bottom and still prints what it shows."""

from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))


def printed(cell: Any) -> str:
    return "".join(out.text for out in cell.get("outputs", []) if out.output_type == "stream")


def pictures(cell: Any) -> int:
    return sum("image/png" in out.get("data", {}) for out in cell.get("outputs", []))


def test_there_is_a_notebook() -> None:
    assert NOTEBOOKS


@pytest.mark.filterwarnings("ignore")  # the kernel's own, of sockets and event loops
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_prints_what_it_shows(path: Path) -> None:
    import nbformat
    from nbclient import NotebookClient

    shown = nbformat.read(path, as_version=4)
    run = nbformat.read(path, as_version=4)
    NotebookClient(run, timeout=250, kernel_name="python3").execute()
    for old, new in zip(shown.cells, run.cells, strict=True):
        assert printed(new) == printed(old), old.source
        assert pictures(new) == pictures(old), old.source
    assert any(pictures(cell) for cell in shown.cells)
