"""Every text a person reads goes through gettext."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).parents[2] / "templates"
NAMES = {"Greenroom", "feed.xml", "manifest.json", "README.txt", "lt", "gt"}
COMMANDS = re.compile(r"^ {2}\w.*$", re.M)  # lines of shell in the archive's README


def bare_words(source: str) -> list[str]:
    """Words that stand in a template outside of tags, expressions and comments."""
    text = re.sub(
        r"\{#.*?#\}|\{\{.*?\}\}|\{% block (?:body_class|skip_to) %\}.*?\{% endblock %\}|\{%.*?%\}",
        " ",
        source,
        flags=re.S,
    )
    text = re.sub(r"<style>.*?</style>|<!doctype[^>]*>|<[^>]*>", " ", text, flags=re.S)
    return [word for word in re.findall(r"[A-Za-z][\w.]+", text) if word not in NAMES and "-link" not in word]


def bare_attributes(source: str) -> list[str]:
    """Attributes that are read out or shown, with words of their own."""
    found = re.findall(
        r'(?:aria-label|placeholder|title|alt|data-busy|data-copied)="([^"{]*[A-Za-z]{2}[^"{]*)"', source
    )
    return [text for text in found if text not in NAMES]


@pytest.mark.parametrize("file", sorted(TEMPLATES.rglob("*.*")), ids=lambda f: str(f.relative_to(TEMPLATES)))
def test_template_says_nothing_untranslated(file: Path) -> None:
    source = file.read_text(encoding="utf-8")
    if file.name == "README.txt":
        source = COMMANDS.sub("", source)
    source = re.sub(r"\[\[[a-z-]+\]\]", "", source)
    assert bare_words(source) == []
    assert bare_attributes(source) == []
