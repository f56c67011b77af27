"""One corpus, three hundred queries and as many by dice, every engine: the same answers, in the same order.

What is asked is the same for all of them (review/gateways/wanted.py), and so are lexemes and weights. So nothing needs
to be explained but this: PostgreSQL has no list of words to look for misspelled ones in. Where little is found it
forgives nothing, and those queries are left out there.
"""

from __future__ import annotations

from random import Random

import pytest
from flask import Flask

from review.demo import load as demo
from review.gateways.search import Index
from review.reads import backlog, facets
from review.reads.filters import Filters
from tests.outside import put
from tests.search.conftest import COUNT, NOW
from tests.search.judged import JUDGED
from tests.servers import STACK_ONLY

WORDS = [typed for typed, _grades in JUDGED]
MORE_WORDS = (
    *(
        "the",
        "a",
        "p",
        "ha",
        "har",
        "recorded",
        "every",
        "week",
        "episode",
        "show",
        "people",
        "street",
        "town",
        "radio",
    ),
    *(
        "the record",
        "record the",
        "in public",
        "two cities",
        '"two cities"',
        '"cities two"',
        '"the record"',
        '"one walk"',
    ),
    *(
        "C# show",
        ":",
        "a:b:c",
        "-",
        "--x",
        "(",
        ")(",
        '"',
        "OR",
        "NOT",
        "*",
        "%",
        "_",
        "\\",
        "'",
        "🌱",
        "n31",
        "1969",
        "1400",
    ),
    *(
        "harbour OR haiku",
        "harbour | haiku",
        "(harbour OR haiku) -sorry",
        "chess -people",
        "-the",
        "-the -a",
        "NOT radio",
    ),
    *(
        "kitchen port",
        "port kitchen cooks",
        "cooks from the port",
        '"cooks from the port"',
        "conversations",
        "conversation",
    ),
)
FIELDS = (
    *(
        f"is:{state}"
        for state in ("submitted", "in-review", "asked", "approved", "declined", "waitlisted", "withdrawn")
    ),
    *("is:duplicate", "is:waiting", "is:open", "is:closed", "is:snoozed", "is:overdue", "is:any", "is:submitted,asked"),
    *(
        "show:kitchen",
        "show:chess",
        'show:"night bus"',
        "by:maren",
        "by:maren.oduya.0@mail.example",
        "by:tobias.l",
        "by:zz",
    ),
    *("from:mail.example", "from:@mail.example", "from:example", "from:elsewhere.example", "-from:mail.example"),
    *("topic:arts", "topic:food", 'topic:"Arts > Food"', "topic:society", "topic:health,comedy", "-topic:arts"),
    *(
        "lang:en",
        "lang:es",
        "lang:spanish",
        "lang:es,fi,pl",
        "-lang:en",
        "lang:xx",
        "programme:community-plan",
        "programme:1",
    ),
    *(
        "feed:good",
        "feed:broken",
        "feed:none",
        "feed:unread",
        "feed:good,broken",
        "-feed:none",
        "host:127",
        "host:nowhere",
    ),
    *("episodes:>3", "episodes:>=4", "episodes:4", "episodes:2..5", "episodes:<4", "-episodes:>3"),
    *("tag:loud", "tag:none", "-tag:loud", "reason:rights", "reason:fits-community,new-voice", "-reason:not-started"),
    *("reviewer:@me", "reviewer:nobody", "reviewer:anybody", "reviewer:reviewer", "reviewer:iqbal", "-reviewer:@me"),
    *("assigned:@me", "assigned:nobody", "assigned:linus", "claimed:nobody", "claimed:@me"),
    *(
        "has:feed",
        "has:note",
        "has:tag",
        "has:letter",
        "has:message",
        "has:show",
        "has:answer",
        "-has:feed",
        "has:note,tag",
    ),
    *("letter:sent", "letter:bounced", "letter:queued,opened", "-letter:sent"),
    *(
        "applied:2026-02",
        "applied:>=2026-02-25",
        "applied:<2026-02-25",
        "applied:2026-02-24..2026-02-26",
        "applied:today",
    ),
    *(
        "applied:yesterday",
        "applied:last-week",
        "applied:this-month",
        "applied:last-month",
        "decided:2026",
        "decided:>2026-02-27",
    ),
    *(
        "decided:last-week",
        "age:>3d",
        "age:<36h",
        "age:1d..1w",
        "number:17",
        "number:>290",
        "number:10..20",
        "#17",
        "17",
    ),
    *(
        "sort:newest",
        "sort:oldest lang:en",
        "sort:newest is:any",
        "sort:best the",
        "sort:newest the",
        "sort:oldest the",
    ),
)
TOGETHER = (
    *("lang:en topic:arts", "lang:en -topic:arts is:any", "is:submitted feed:none", "is:declined reason:not-started"),
    *(
        "harbour lang:en",
        "harbour is:approved",
        "record lang:fi",
        "(lang:fi OR lang:pl) is:any",
        "-(lang:en is:submitted)",
    ),
    *("haiku OR lang:es", "haiku OR (lang:es is:submitted)", "the -lang:en", "the age:>3d", "the episodes:>3 OR chess"),
    *("feed:broken OR feed:none chess", "by:maren OR by:tobias", "topic:arts,music is:submitted,asked sort:newest"),
    *(
        "improvised trials",
        '"improvised trials"',
        "uncle attic",
        "uncle's attic",
        "mother and I",
        "ampersand",
        "hosting free",
    ),
    *(
        "vinyl OR jazz OR haiku",
        "-chess -harbour is:any",
        "school",
        "szkola",
        "uczniowie",
        "biologi",
        "metsä",
        "episodio",
    ),
    *(
        "conversación",
        "conversacion",
        "historia",
        "tape bremen",
        "garden",
        "growing season",
        "station fire",
        '"fire station"',
    ),
    *("hst:anchor chess", "is:submited chess", "tag: chess", "chess applied:2026-02-30", "the town OR village river"),
)
QUERIES = tuple(dict.fromkeys((*WORDS, *MORE_WORDS, *FIELDS, *TOGETHER)))
Answer = tuple[list[int], int, bool]


def thrown(number: int, seed: int) -> tuple[str, ...]:
    """Queries put together from others, as nobody would type them."""
    dice = Random(seed)  # noqa: S311 # no secret
    forms = ("{} OR {}", "({}) ({})", "{} -({})", "({} {}) OR ({})", "-({} OR {}) {}", "({}) {} sort:best")
    return tuple(dice.choice(forms).format(*(dice.choice(QUERIES) for _ in range(3))) for _ in range(number))


ALL = (*QUERIES, *thrown(300, seed=11))


def answers() -> dict[str, Answer]:
    """Query -> the first fifty, how many in all, and whether misspelled words were forgiven."""
    found = {}
    for typed in ALL:
        page = backlog.page(Filters(typed, reader=2), now=NOW)
        assert not page.fallen_back, typed
        found[typed] = ([row.id for row in page.rows], page.total, page.forgiven)
    return found


@pytest.fixture(scope="package")
def expected(embedded: Flask) -> dict[str, Answer]:
    with embedded.app_context():
        put(embedded, search=None)
        return answers()


def test_three_hundred_queries_are_asked(expected: dict[str, Answer]) -> None:
    assert len(QUERIES) >= 300
    assert sum(expected[typed][1] > 0 for typed in QUERIES) > 240
    assert sum(forgiven for _ids, _total, forgiven in expected.values()) >= 5


@STACK_ONLY
def test_elasticsearch_answers_as_the_embedded_database_does(
    desk: Flask, elastic: Index, expected: dict[str, Answer]
) -> None:
    put(desk, search=elastic)
    found = answers()
    assert {typed: (found[typed], expected[typed]) for typed in ALL if found[typed] != expected[typed]} == {}


@STACK_ONLY
def test_postgresql_answers_as_the_embedded_database_does(app: Flask, expected: dict[str, Answer]) -> None:
    demo.load(COUNT, seed=1, password="correct horse", now=NOW)
    found = answers()
    spelled = [typed for typed in ALL if not expected[typed][2]]
    assert {typed: (found[typed], expected[typed]) for typed in spelled if found[typed] != expected[typed]} == {}


@STACK_ONLY
def test_facets_are_the_same(desk: Flask, elastic: Index) -> None:
    some = QUERIES[::7]
    ours = {typed: facets.facets(Filters(typed, reader=2), now=NOW) for typed in some}
    put(desk, search=elastic)
    theirs = {typed: facets.facets(Filters(typed, reader=2), now=NOW) for typed in some}
    assert ours == theirs
