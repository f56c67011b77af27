"""The search box: what it can be narrowed to, how it may go on, and the page that explains it."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import render_template

from review.reads import backlog, facets, suggestions
from review.web import search_words
from review.web.access import staff
from review.web.desk import Page, desk, filters, kept
from review.web.lately import lately
from review.web.parts import part


@desk.get("/facets")
@staff
def narrow_down() -> Page:
    """What the list can be narrowed to from here, as a part beside it or as a page."""
    sought, now = filters(), datetime.now(UTC)
    return render_template(
        "desk/_facets.html" if part() == "facets" else "desk/facets.html",
        facets=facets.facets(sought, now=now),
        filters=sought,
        hints=backlog.sought(sought, now=now).query.hints,
        search_words=search_words,
        kept=kept(),
    )


@desk.get("/suggestions")
@staff
def suggest() -> Page:
    """How what is being typed may go on."""
    found = suggestions.suggestions(filters(), lately=lately(), now=datetime.now(UTC))
    return render_template("desk/_suggestions.html", found=found)


@desk.get("/searching")
@staff
def explain_searching() -> Page:
    """Everything the search box understands."""
    return render_template("desk/searching.html", grammar=search_words.grammar())
