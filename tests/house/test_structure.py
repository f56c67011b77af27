"""The house's own laws about files, imports and words."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = sorted((ROOT / "review").rglob("*.py")) + sorted((ROOT / "jobs").rglob("*.py"))


def named(pattern: str, files: list[Path]) -> list[str]:
    """Files in which a pattern occurs."""
    return [str(f.relative_to(ROOT)) for f in files if re.search(pattern, f.read_text(encoding="utf-8"))]


def functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    for file in CODE:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                yield f"{file.relative_to(ROOT)}:{node.lineno} {node.name}", node


def test_package_root_is_empty() -> None:
    assert (ROOT / "review" / "__init__.py").read_text() == ""


def test_one_place_commits() -> None:
    assert named(r"\.commit\(", CODE) == ["review/db.py"]


def test_one_file_reads_the_environment() -> None:
    assert named(r"os\.environ|os\.getenv", CODE) == ["review/config.py"]


def test_nothing_that_belongs_to_a_session_goes_through_the_pooler() -> None:
    """pgBouncer hands every transaction another session: what one leaves in it, a stranger finds."""
    left_behind = r"SET (?!LOCAL)\w+ *(=|TO)|LISTEN \w|CREATE TEMP|pg_(try_)?advisory_lock|PREPARE \w|WITH HOLD"
    sessions = rf"""["'\s]({left_behind})"""
    assert named(sessions, CODE) == []
    assert named(r"prepare_threshold", CODE) == ["review/db.py", "review/doctor.py"]
    assert named(sessions, [ROOT / "migrations" / "env.py"]) == ["migrations/env.py"], "it goes straight to the server"


def test_no_module_is_longer_than_300_lines() -> None:
    long = [f.name for f in CODE if len(f.read_text(encoding="utf-8").splitlines()) > 300]
    assert long == []


def test_no_function_is_longer_than_45_lines() -> None:
    assert [name for name, node in functions() if (node.end_lineno or 0) - node.lineno > 45] == []


def test_every_public_function_is_annotated() -> None:
    bare = [name for name, node in functions() if not node.name.startswith("_") and node.returns is None]
    assert bare == []


def test_names_say_something() -> None:
    empty = re.compile(r"(^|_)(utils?|helpers?|common|misc|manager)(_|$)")
    assert [f.name for f in CODE if empty.search(f.stem)] == []


def test_nothing_is_left_unfinished() -> None:
    assert named(r"TODO|FIXME|XXX|NotImplementedError|pragma: no cover", CODE) == []


def test_import_law_holds() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


def test_every_setting_is_documented() -> None:
    settings = set(re.findall(r'"([A-Z]+(?:_[A-Z]+)+|PORT)"', (ROOT / "review" / "config.py").read_text()))
    documented = (ROOT / "docs" / "operations.md").read_text()
    assert settings
    assert [name for name in sorted(settings) if f"`{name}`" not in documented] == []
