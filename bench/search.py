"""How fast searching is with ten thousand, a hundred thousand and (in the search engine) a million applications, and
what PostgreSQL's own full text does with the same words.

Every search is asked of the product itself: what was typed is understood, made a question for a reader, and answered.
What a page costs beyond that is measured by bench/desk.py. The machine may be shared, so a figure means something only
beside those of the same run.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import text

from bench.connections import running, say
from bench.figures import Setup, missed, table
from jobs import deliver
from review import outbox
from review.app import create_app
from review.config import load
from review.db import db
from review.demo import load as demo
from review.demo.recipe import Recipe, recipes
from review.errors import Missing
from review.folding import lexemes
from review.gateways.documents import Document
from review.gateways.search import Index
from review.models.outbox import Kind
from review.models.person import Person
from review.reads import backlog, facets, index
from review.reads.filters import Filters
from review.rules import State
from review.services import sorting
from stack import packages
from stack.database import Postgres
from stack.process import StackError
from stack.search import Elasticsearch
from stack.server import free_ports, reachable

SIZES = tuple(int(size) for size in os.environ.get("BENCH_SIZES", "10000,100000").split(","))
MILLION = int(os.environ.get("BENCH_MILLION", "1000000"))
DIFFERENT = 20_000
"""Applications of a million that say something else: making more would take longer than indexing them."""
TRIES = 25
SEARCHES = {
    "filter": "is:submitted lang:de topic:arts",
    "rare word": "haiku",
    "common word": "people",
    "two common words": "people week",
    "phrase": '"every week"',
    "prefix as typed": "kit",
}
AS_TYPED, WITH_FACETS, MILLIONS = 120, 200, 250


def milliseconds(act: Callable[[], object]) -> tuple[float, float]:
    """Median and 95th percentile of many tries, after one that counts for nothing."""
    act()
    took = []
    for _ in range(TRIES):
        began = time.perf_counter()
        act()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took), statistics.quantiles(took, n=20)[-1]


def searched(setup: Setup, now: datetime, *, most: float, facet: float) -> None:
    """Every search as the list asks it, for a reviewer, and once with all there is to narrow it to."""

    def add(name: str, act: Callable[[], object], limit: float) -> None:
        middle, high = milliseconds(act)
        setup.add(f"{name}, p50", middle, "ms")
        setup.add(f"{name}, p95", high, "ms", limit)

    for name, typed in SEARCHES.items():
        add(name, lambda typed=typed: _listed(typed, now), most)  # type: ignore[misc]
    add("facets of a common word", lambda: facets.facets(Filters("people", reader=2), now=now), facet)
    add("facets of everything", lambda: facets.facets(Filters("is:any", reader=2), now=now), facet)


def _listed(typed: str, now: datetime) -> None:
    page = backlog.page(Filters(typed, reader=2), now=now)
    db.session.rollback()
    if page.fallen_back:
        raise StackError("The search engine did not answer.")


def base(folder: Path) -> dict[str, str]:
    """The settings that every app needs."""
    return {"DATA_DIR": str(folder), "PUBLIC_URL": "http://127.0.0.1:8999", "SECRET_KEY": "x" * 40}


@contextmanager
def filled(folder: Path, count: int, **env: str) -> Iterator[Flask]:
    """An app with so many of the demo's applications."""
    app = create_app(load(base(folder) | env))
    with app.app_context():
        upgrade()
        demo.load(count, seed=1, password="a password of the bench", now=datetime.now(UTC))  # noqa: S106
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE" if db.engine.dialect.name == "sqlite" else "VACUUM ANALYZE"))
        yield app
        db.session.remove()
        db.engine.dispose()


def embedded(count: int, folder: Path) -> Setup:
    setup = Setup("embedded", count)
    with filled(folder, count):
        searched(setup, datetime.now(UTC), most=AS_TYPED, facet=WITH_FACETS)
    return setup


def stacked(count: int, folder: Path) -> Setup:
    """Elasticsearch before PostgreSQL, and PostgreSQL's own full text beside it."""
    setup = Setup("elasticsearch", count)
    with ExitStack() as stack:
        postgres, engine = servers(stack, folder)
        (folder / "web").mkdir()
        nowhere = "redis://127.0.0.1:1"  # nothing here is put into a queue
        env = {"DATABASE_URL": postgres, "DATABASE_DIRECT_URL": postgres, "REDIS_URL": nowhere}
        env["ELASTICSEARCH_URL"] = f"{engine}/bench"
        app = stack.enter_context(filled(folder / "web", count, **env))
        search: Index = app.extensions["greenroom"].search
        search.rebuild(index.documents())
        _rebuild_under_writes(setup, app, search, os.environ | base(folder / "web") | env)
        searched(setup, datetime.now(UTC), most=AS_TYPED, facet=WITH_FACETS)
        _full_text(setup)
    return setup


def _rebuild_under_writes(setup: Setup, app: Flask, search: Index, env: dict[str, str]) -> None:
    """Fill a new index, as the command does, while colleagues go on: twenty tags a second, a worker that tells the
    index of each, and five searches a second for what was tagged last."""
    over, count = Event(), setup.applications
    written: list[int] = []
    failed: list[str] = []

    def until_over(act: Callable[[], None], every: float) -> None:
        with app.app_context():
            while not over.is_set():
                began = time.perf_counter()
                act()
                db.session.remove()
                over.wait(max(0.0, every - (time.perf_counter() - began)))

    def write() -> None:
        number = len(written) * 7919 % count + 1
        with suppress(Missing):  # one that was never confirmed is not on the desk
            sorting.tag(number, "meanwhile", by=db.session.get_one(Person, 2), now=datetime.now(UTC))
        written.append(number)

    def work() -> None:
        told = {Kind.SEARCH}
        for held in outbox.lease(limit=20, now=datetime.now(UTC), period=timedelta(minutes=1), kinds=told):
            deliver.work(held)

    def look() -> None:
        page = backlog.page(Filters("tag:meanwhile people", reader=2), now=datetime.now(UTC))
        if page.fallen_back:
            failed.append("")

    acts = [*[(write, 0.15)] * 3, (work, 0.02), (look, 0.2)]
    db.session.remove()  # PostgreSQL ends who holds a transaction and does nothing
    threads = [Thread(target=until_over, args=act) for act in acts]
    for thread in threads:
        thread.start()
    began = time.perf_counter()
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "reindex"]
    subprocess.run(command, env=env, stdout=subprocess.DEVNULL, check=True)  # noqa: S603 - ours
    took = time.perf_counter() - began
    over.set()
    for thread in threads:
        thread.join()
    work()
    search.refresh()
    setup.add("rebuild while written to", took, "s", 300)
    setup.add("writes a second meanwhile", len(written) / took, "/s")
    setup.add("searches that failed meanwhile", len(failed), "", 0)
    setup.add("missing or old afterwards", len([*index.drifted(index.revisions(), index.indexed(search))]), "", 0)


def _full_text(setup: Setup) -> None:
    """What PostgreSQL does by itself: a tsvector in English, ranked by ts_rank."""
    with db.engine.begin() as connection:
        words = "to_tsvector('english', show_title || ' ' || pitch) AS words"
        connection.execute(text(f"CREATE TABLE plain AS SELECT id, {words} FROM applications"))  # noqa: S608 - ours
        connection.execute(text("CREATE INDEX plain_words ON plain USING gin (words)"))
        connection.execute(text("ANALYZE plain"))
    asked = (
        "SELECT id FROM plain, to_tsquery('english', :q) q WHERE words @@ q ORDER BY ts_rank(words, q) DESC LIMIT 50"
    )
    same = {"rare word": "haiku", "common word": "people", "phrase": "every <-> week", "prefix as typed": "kit:*"}
    for name, words in same.items():
        with db.engine.connect() as connection:
            middle, high = milliseconds(lambda words=words: connection.execute(text(asked), {"q": words}).all())  # type: ignore[misc]
        setup.add(f"PostgreSQL's own: {name}, p50", middle, "ms")
        setup.add(f"PostgreSQL's own: {name}, p95", high, "ms")


def million(count: int, folder: Path) -> Setup:
    """The engine alone, filled without a database; questions are made by a small one."""
    setup, now = Setup("elasticsearch alone", count), datetime.now(UTC)
    with ExitStack() as stack:
        _postgres, engine = servers(stack, folder)
        (folder / "web").mkdir()
        app = stack.enter_context(filled(folder / "web", 34, ELASTICSEARCH_URL=f"{engine}/bench"))
        search: Index = app.extensions["greenroom"].search
        began = time.perf_counter()
        search.rebuild(many(count, now))
        setup.add("fill", time.perf_counter() - began, "s")
        for name, typed in SEARCHES.items():
            question = replace(backlog.sought(Filters(typed, reader=2), now=now).question, limit=50)
            middle, high = milliseconds(lambda question=question: search.find(question))  # type: ignore[misc]
            setup.add(f"{name}, p50", middle, "ms")
            setup.add(f"{name}, p95", high, "ms", MILLIONS)
        asked = facets.questions(Filters("people", reader=2), now=now)
        middle, high = milliseconds(lambda: search.count(asked))
        setup.add("facets of a common word, p50", middle, "ms")
        setup.add("facets of a common word, p95", high, "ms", MILLIONS)
    return setup


def many(count: int, now: datetime) -> Iterator[Document]:
    """So many documents: the demo's, again and again under other numbers, each time a little earlier."""
    known = (one for one in recipes(min(count, DIFFERENT), seed=1, now=now) if one.case.state is not State.UNVERIFIED)
    some = [document(recipe) for recipe in known]
    for number in range(count):
        one = some[number % len(some)]
        received = one.fields["received"] - timedelta(seconds=number)
        yield replace(one, id=number + 1, fields={**one.fields, "received": received})


def document(recipe: Recipe) -> Document:
    """One of the demo's applications as the index would hold it."""
    case = recipe.case
    texts = {"title": case.title, "name": case.name, "address": recipe.email, "pitch": f"{case.pitch}\n{case.schedule}"}
    fields = {
        "state": case.state.value,
        "programme": 1,
        "language": case.language,
        "person": recipe.email,
        "topic": index.with_parents([case.topic]),
        "feed": "good" if case.feed else "none",
        "host": "here.example" if case.feed else "",
        "received": recipe.received_at,
    }
    return Document(recipe.number + 1, 1, [*lexemes(texts, case.language)], fields)


def servers(stack: ExitStack, folder: Path) -> tuple[str, str]:
    """PostgreSQL and Elasticsearch of this bench's own: where they are."""
    ports = free_ports(3)
    postgres = Postgres(folder / "postgres", ports[0])
    engine = Elasticsearch(folder / "elasticsearch", ports[1], ports[2], heap="4g")  # for a million
    stack.enter_context(running([postgres, engine]))
    return postgres.url(), engine.url


def main() -> int:
    """Measure and tell. 1 where a target was not met."""
    say(f"{os.cpu_count()} cores, load of the machine before: {os.getloadavg()[0]:.1f}")
    kinds = {"embedded": (embedded, SIZES), "stack": (stacked, SIZES), "million": (million, (MILLION,))}
    setups = []
    try:
        if lacking := {"postgresql"} & set(packages.missing()):
            raise StackError(f"The bench needs programs that are not here: apt-get install {' '.join(sorted(lacking))}")
        for name in sys.argv[1:] or kinds:
            measure, sizes = kinds[name]
            for count in sizes:
                say(f"{name}, {count:,} applications ...")
                with tempfile.TemporaryDirectory(prefix="greenroom-", ignore_cleanup_errors=True) as folder:
                    setups.append(measure(count, reachable(Path(folder))))
                say("\n".join(["", *table(setups[-1:]), ""]))
    except StackError as error:
        say(str(error))
        return 1
    say("\n".join(["", *table(setups), ""]))
    lines = missed(setups)
    say("\n".join(f"NOT MET {line}" for line in lines) or "Every target is met.")
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main())
