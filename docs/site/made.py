"""What is made at each build: the reference of the public names, the gallery, the table of pairs.

It goes into docs/made/, which git ignores. Nothing in it is written by hand: names come from the
stub of the package, figures from running the files of gallery/, pairs from links between pages.
"""

import importlib
import inspect
import re
import runpy
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl

import paygrade

HERE = Path(__file__).resolve().parent
STUB = Path(paygrade.__file__).with_name("__init__.pyi")
NAME = re.compile(r"from \.(\w+)[\w.]* import (\w+) as \w+")
LINK = re.compile(r"\]\(([^)#]+\.md)[^)]*\)")
FOLDER = re.compile(r"\[([^\]]+)\]\((?:\.\./)+(?:proofs|src|notebooks|tests)/?\)")


def make(docs: Path) -> None:
    """Write docs/made/ afresh."""
    folder = docs / "made"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "api").mkdir(parents=True)
    (folder / "pairs.md").write_text(pairs_table(docs), encoding="utf-8")
    (folder / "gallery.md").write_text(gallery(folder), encoding="utf-8")
    for room, names in public_names().items():
        page = folder / "api" / f"{room}.md"
        page.write_text(reference(room, names), encoding="utf-8")


def public_names() -> dict[str, list[str]]:
    """Return the public names by the room that they live in, as the stub lists them."""
    rooms: dict[str, list[str]] = {}
    for room, name in NAME.findall(STUB.read_text(encoding="utf-8")):
        rooms.setdefault(room, []).append(name)
    rooms["testing"] = list(importlib.import_module("paygrade.testing").__all__)
    return rooms


def reference(room: str, names: list[str]) -> str:
    """Return the page of a room: its purpose and the docstrings of its names."""
    purpose = (inspect.getdoc(importlib.import_module(f"paygrade.{room}")) or "").partition("\n")[0]
    owner = "paygrade.testing" if room == "testing" else "paygrade"
    parts = [f"# {room}\n\n{purpose}\n"]
    for name in names:
        found = getattr(importlib.import_module(owner), name)
        kind = "class" if inspect.isclass(found) else "function"
        if kind == "class" and issubclass(found, Exception):
            kind = "exception"
        body = f".. auto{kind}:: {owner}.{name}\n" + "   :members:\n" * (kind == "class")
        parts.append(f"## {name}\n\n```{{eval-rst}}\n{body}```\n")
    return "\n".join(parts)


def gallery(folder: Path) -> str:
    """Run every file of gallery/, draw its figure and return the page that shows both."""
    parts = ["# Gallery\n\nEach figure is drawn anew at every build by the code below it.\n"]
    for path in sorted((HERE / "gallery").glob("*.py")):
        run = runpy.run_path(str(path))
        heading, _, caption = run["__doc__"].strip().partition("\n\n")
        with mpl.rc_context({"svg.hashsalt": path.stem}):
            drawn = folder / f"{path.stem}.svg"
            run["figure"].savefig(drawn, metadata={"Date": None}, bbox_inches="tight")
        code = path.read_text(encoding="utf-8").partition('"""\n\n')[2]
        alt = " ".join(caption.split())
        shown = f"![{alt}]({drawn.name})\n\n{caption}\n\n```python\n{code}```\n"
        parts.append(f"## {heading.rstrip('.')}\n\n{shown}")
    return "\n".join(parts)


def pairs_table(docs: Path) -> str:
    """Return a table of the how-to pages and the theory pages that they lead to."""
    lines = ["| how to | the theory behind it |", "|---|---|"]
    for page in sorted((docs / "how-to").glob("*.md")):
        theory = dict.fromkeys(theory_of(page))
        links = ", ".join(f"[{title(each)}](/{each.relative_to(docs)})" for each in theory)
        lines.append(f"| [{title(page)}](/how-to/{page.name}) | {links} |")
    return "\n".join(lines) + "\n"


def theory_of(page: Path) -> Iterator[Path]:
    """Yield the theory pages that a how-to page links to."""
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        path = (page.parent / target).resolve()
        if "theory" in path.parts and path.exists():
            yield path


def title(page: Path) -> str:
    """Return the page's first heading."""
    found = re.search(r"^# (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else page.stem


def unlink_folders(_app: Any, _name: str, source: list[str]) -> None:
    """Name folders of the repository without a link, as a page can't show them."""
    source[0] = FOLDER.sub(r"\1", source[0])
