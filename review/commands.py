"""Commands an operator types: `flask --app wsgi ...`."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path

import click
from flask import Flask, current_app

from review.demo import load
from review.doctor import examine
from review.errors import GiveUp, Refused, TryLater
from review.reads import index
from review.rules import Role
from review.services import people, programmes


def init(app: Flask) -> None:
    """Add the commands to `flask`."""
    for command in (demo, staff, programme, doctor, reindex):
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
@click.option("--places", type=click.IntRange(0, 1_000_000))
@click.option("--opens", type=click.DateTime(["%Y-%m-%d"]), help="First day, UTC.")
@click.option("--closes", type=click.DateTime(["%Y-%m-%d"]), help="Day from which on it is closed, UTC.")
@click.option("--always-open", is_flag=True, help="Forget both dates.")
@click.option("--rules", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A file with new rules.")
def programme(
    places: int | None, opens: datetime | None, closes: datetime | None, always_open: bool, rules: Path | None
) -> None:
    """Set the community plan's places, dates and rules; new rules get a new version."""
    programmes.change(
        places=places,
        opens_at=opens.replace(tzinfo=UTC) if opens else None,
        closes_at=closes.replace(tzinfo=UTC) if closes else None,
        always_open=always_open,
        rules=rules.read_text(encoding="utf-8") if rules else None,
        now=datetime.now(UTC),
    )
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
    """Fill a new search index from the database and put it in the place of the old one, which serves until then."""
    engine = current_app.extensions["greenroom"].search
    if engine is None:
        raise click.ClickException("ELASTICSEARCH_URL is not set: the database itself is searched")
    try:
        click.echo(f"{engine.rebuild(index.documents())} applications are in the search index")
    except (TryLater, GiveUp) as error:
        raise click.ClickException(str(error)) from error
