"""Commands an operator types: `flask --app wsgi ...`."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click
from flask import Flask, current_app

from review.demo import load
from review.doctor import examine
from review.errors import GiveUp, Missing, Refused, TryLater
from review.intake import FIELDS, Asked, Entry, Problem, Reading, guess
from review.moments import ORDERS
from review.podcast.languages import LANGUAGES
from review.reads import index
from review.reads import intake as kept_tables
from review.reads import programmes as known
from review.rules import Role
from review.services import findable, intake, people, programmes
from review.services.intake import Came
from review.tables import Table
from review.web import mapping
from review.web.refusals import REFUSALS


def init(app: Flask) -> None:
    """Add the commands to `flask`."""
    for command in (demo, staff, programme, doctor, reindex, import_applications):
        app.cli.add_command(command)


@click.command("demo")
@click.option("--count", type=click.IntRange(1, 1_000_000), default=34, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
def demo(count: int, seed: int) -> None:
    """Add a demo backlog and its staff, whose password is made up and printed."""
    password = secrets.token_urlsafe(9)
    load.load(count, seed=seed, password=password, now=datetime.now(UTC))
    for email, _name in load.STAFF.values():
        click.echo(f"{email}  {password}")
    click.echo(f"{count} applications")


@click.command("staff")
@click.argument("email")
@click.option("--name", required=True, help="How colleagues see them.")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.REVIEWER.value)
@click.option("--password", help="At least 10 characters; made up and printed when left out.")
def staff(email: str, name: str, role: str, password: str | None) -> None:
    """Add a member of staff, or give a known one a new role and password."""
    chosen = password or secrets.token_urlsafe(12)
    try:
        people.invite(email, name=name, role=Role(role), password=chosen, now=datetime.now(UTC))
    except Refused as refusal:
        raise click.ClickException("a password has at least 10 characters") from refusal
    click.echo(f"{email} signs in as {role}" + ("" if password else f" with the password {chosen}"))


@click.command("programme")
@click.option("--slug", help="Which programme: the last part of its address. Left out: the first one.")
@click.option("--places", type=click.IntRange(0, 1_000_000))
@click.option("--opens", type=click.DateTime(["%Y-%m-%d"]), help="First day, UTC.")
@click.option("--closes", type=click.DateTime(["%Y-%m-%d"]), help="Day from which on it is closed, UTC.")
@click.option("--always-open", is_flag=True, help="Forget both dates.")
@click.option("--rules", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A file with new rules.")
def programme(
    slug: str | None,
    places: int | None,
    opens: datetime | None,
    closes: datetime | None,
    always_open: bool,
    rules: Path | None,
) -> None:
    """Set a programme's places, dates and rules; new rules get a new version."""
    _programme_id(slug)
    try:
        programmes.change(
            slug=slug,
            places=places,
            opens_at=opens.replace(tzinfo=UTC) if opens else None,
            closes_at=closes.replace(tzinfo=UTC) if closes else None,
            always_open=always_open,
            rules=rules.read_text(encoding="utf-8") if rules else None,
            now=datetime.now(UTC),
        )
    except Refused as refusal:
        raise click.ClickException(str(REFUSALS[refusal.code])) from refusal
    click.echo("done")


@click.command("doctor")
def doctor() -> None:
    """Ask every part that is configured something real. Ends with 1 if anything is wrong."""
    ill = 0
    for finding in examine():
        click.echo(f"{'ok   ' if finding.well else 'WRONG'}  {finding.part:<16} {finding.said}")
        ill += not finding.well
    if ill:
        raise SystemExit(1)


@click.command("reindex")
def reindex() -> None:
    """Make findable what is not yet. With a search engine, fill a new index; the old one serves until that is full."""
    number = findable.write_all_missing(now=datetime.now(UTC))
    click.echo(f"{number} applications have been made findable in the database")
    engine = current_app.extensions["greenroom"].search
    if engine is None:
        return
    try:
        click.echo(f"{engine.rebuild(index.documents())} applications are in the search index")
    except (TryLater, GiveUp) as error:
        raise click.ClickException(str(error)) from error


@click.command("import-applications")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--map", "maps", multiple=True, metavar="FIELD=HEADING", help=f"FIELD is one of {', '.join(FIELDS)}.")
@click.option("--dates", type=click.Choice(ORDERS), help="What 3/4/2024 means; found out where it is left out.")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", help="Where a row names none.")
@click.option(
    "--programme", "slug", help="What the rows apply for: the last part of its address. Left out: the first one."
)
@click.option("--dry-run", is_flag=True, help="Say what would become of each row, and bring nothing in.")
def import_applications(
    file: Path, maps: tuple[str, ...], dates: str | None, language: str, slug: str | None, dry_run: bool
) -> None:
    """Bring a table of applications in (CSV of Google Forms, Typeform, a spreadsheet). What is here already stays.

    Ends with 1 if a row could not be brought in.
    """
    try:
        table = intake.read(file.read_bytes())
    except Refused as refusal:
        raise click.ClickException(str(REFUSALS[refusal.code])) from refusal
    programme_id = _programme_id(slug)
    reading = _reading(table, maps, kept_tables.asked(programme_id))
    reading = replace(reading, dates=dates or reading.dates, language=language)
    for field, at in sorted(reading.columns.items()):
        click.echo(f"{field}: {table.headings[at]}")
    counts: Counter[str] = Counter()
    for line, found in _entries(table, reading):
        if isinstance(found, Entry):
            counts[_outcome(found, Came(file.name, line, programme_id), dry_run)] += 1
            continue
        counts["refused"] += 1
        for problem in found:
            heading = mapping.heading(problem.field, reading.columns, table.headings)
            click.echo(f"line {line}: {mapping.sentence(problem.code, problem.field, problem.text, heading)}", err=True)
    verb = "would be brought in" if dry_run else "brought in"
    click.echo(f"{counts['imported']} {verb}, {counts['known']} here already, {counts['refused']} cannot be brought in")
    if counts["refused"]:
        raise SystemExit(1)


def _programme_id(slug: str | None) -> int:
    try:
        return known.by_slug(slug, offered=False).id if slug else known.first().id
    except Missing as error:
        slugs = ", ".join(one.slug for one in known.programmes())
        raise click.BadParameter(f"no programme is called {slug!r}, but {slugs}") from error


def _reading(table: Table, maps: tuple[str, ...], asked: Sequence[Asked]) -> Reading:
    """As guessed, where nobody says otherwise."""
    guessed = guess(table.headings, [row.cells for row in table.rows], asked)
    fields = (*FIELDS, *(one.field for one in asked))
    said = dict(pair.partition("=")[::2] for pair in maps)
    for field, heading in said.items():
        if field not in fields:
            raise click.BadParameter(f"no field is called {field!r}, but {', '.join(fields)}")
        if heading not in table.headings:
            raise click.BadParameter(f"no column is called {heading!r}, but {', '.join(table.headings)}")
    mapped = {field: table.headings.index(heading) for field, heading in said.items()}
    left = {field: at for field, at in guessed.columns.items() if at not in mapped.values()}
    return replace(guessed, columns=left | mapped)


def _entries(table: Table, reading: Reading) -> Iterator[tuple[int, Entry | tuple[Problem, ...]]]:
    now, width = datetime.now(UTC), len(table.headings)
    for row in table.rows:
        yield row.number, reading.entry(row.cells, width=width, now=now)


def _outcome(entry: Entry, came: Came, dry_run: bool) -> str:
    if dry_run:
        return "known" if kept_tables.is_here(entry.key) else "imported"
    return intake.take_in(entry, came, now=datetime.now(UTC))[0]
