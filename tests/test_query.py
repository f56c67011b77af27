"""The search language: whatever is typed is understood as far as it can be, and nothing that is typed fails."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from review.fields import FIELDS, Range, Span
from review.folding import MAX_LENGTH
from review.query import DEEPEST, MOST_TERMS, All, Either, Node, Not, Query, Term, Text, parse

NOW = datetime(2026, 3, 1, 0, 30, tzinfo=ZoneInfo("Europe/Berlin"))
"""In UTC it is still February."""
ALPHABET = 'abc\u00e9 \t\n""()-:,.<>=#@/\\|*?%_&!\'\0\ud800\u200b\u0301\U0001f41d0123456789ORNOT'
FRAGMENTS = [
    *(f"{name}:" for name in FIELDS),
    *(field.example for field in FIELDS.values()),
    *('"', "(", ")", "-", "OR", "NOT", "|", ",", "..", ">=", "C# show", ":", "a:b:c", "https://x.example/f.xml"),
]
ANYTHING = st.one_of(
    st.text(st.characters(), max_size=500),
    st.text(ALPHABET, max_size=60),
    st.lists(st.sampled_from(FRAGMENTS), max_size=40).map(" ".join),
    st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join),
)


def of(text: str) -> Node | None:
    return parse(text, now=NOW).where


def text(*words: str, beginning: bool = False) -> Text:
    return Text(words, beginning)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("", None),
        ("   ", None),
        ("harbour", text("harbour", beginning=True)),
        ("Harbour KÍT", All((text("harbour"), text("kit", beginning=True)))),
        ('"harbour kitchen"', text("harbour", "kitchen")),
        ('"open', text("open")),
        ("C# show", All((text("c", "#"), text("show", beginning=True)))),
        (":", text(":")),
        ("a:b:c", text("a", ":", "b", ":", "c", beginning=True)),
        ("Fog - the cast", All((text("fog"), text("the"), text("cast", beginning=True)))),
        ("one OR two", Either((text("one"), text("two", beginning=True)))),
        ("one | two", Either((text("one"), text("two", beginning=True)))),
        ("a OR b c", Either((text("a"), All((text("b"), text("c", beginning=True)))))),
        ("OR", None),
        ("a OR", text("a")),
        ("-a", Not(text("a"))),
        ("NOT a", Not(text("a"))),
        ("--a", text("-", "-", "a", beginning=True)),
        ("-(a b)", Not(All((text("a"), text("b"))))),
        ("NOT NOT a", text("a")),
        ("-lang:es", Not(Term("lang", "es"))),
        ("(a OR b) c", All((Either((text("a"), text("b"))), text("c", beginning=True)))),
        ("((a", text("a", beginning=True)),
        ("a))", text("a")),
        (")(", None),
        ("a a b", All((text("a"), text("b", beginning=True)))),
        ("lang:es", Term("lang", "es")),
        ("LANG:ES", Term("lang", "es")),
        ("lang:es,fi", Either((Term("lang", "es"), Term("lang", "fi")))),
        ('topic:"Arts > Food",tv', Either((Term("topic", "arts > food"), Term("topic", "tv")))),
        ("is:in-review", Term("is", "in-review")),
        ('answer:"17:Primary"', Term("answer", "17:Primary")),
        ("episodes:>20", Term("episodes", Range(21, None))),
        ("episodes:>=20", Term("episodes", Range(20, None))),
        ("episodes:<20", Term("episodes", Range(None, 19))),
        ("episodes:<=20", Term("episodes", Range(None, 20))),
        ("episodes:20", Term("episodes", Range(20, 20))),
        ("episodes:30..20", Term("episodes", Range(20, 30))),
        ("number:#17", Term("number", Range(17, 17))),
        ("10:30", text("10", ":", "30", beginning=True)),
        ("https://x.example/f", text("https", ":", "/", "/", "x", ".", "example", "/", "f", beginning=True)),
        ("Serial: the", All((text("serial", ":"), text("the", beginning=True)))),
    ],
)
def test_what_is_typed_is_understood(typed: str, understood: Node | None) -> None:
    assert of(typed) == understood


@pytest.mark.parametrize(
    ("typed", "code", "instead"),
    [
        ("hst:anchor", "unknown-field", "host:anchor"),
        ("languag:es", "unknown-field", "lang:es"),
        ("is:submited", "bad-choice", "is:submitted"),
        ("is:zzzzzz", "bad-choice", "is:submitted"),
        ("feed:brokn", "bad-choice", "feed:broken"),
        ("tag:", "no-value", "tag:loud"),
        ("tag:,,", "no-value", "tag:loud"),
        ("episodes:many", "bad-number", "episodes:>20"),
        ("applied:2026-02-30", "bad-date", "applied:>=2026-11-01"),
        ("applied:tomorow", "bad-date", ""),
        ("age:old", "bad-age", "age:>3d"),
        ("sort:loudest", "bad-choice", "sort:oldest"),
        ('"open', "no-end", '"open"'),
        ("answer:x", "bad-answer", 'answer:"17:Primary"'),
    ],
)
def test_what_cannot_be_used_is_said_with_what_may_be_meant(typed: str, code: str, instead: str) -> None:
    (hint,) = parse(f"fog {typed}", now=NOW).hints
    assert (hint.text, hint.code) == (typed, code)
    if instead:
        assert (hint.instead, hint.mended) == (instead, f"fog {instead}")
    assert hint.without == "fog"


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
def test_every_example_is_what_it_says(field: object) -> None:
    found = parse(field.example, now=NOW)  # type: ignore[attr-defined]
    assert found.hints == ()
    assert found.where or found.sort


@pytest.mark.parametrize(
    ("typed", "start", "end"),
    [
        ("2026-02-28", utc(2026, 2, 27, 23), utc(2026, 2, 28, 23)),
        ("2024-02-29", utc(2024, 2, 28, 23), utc(2024, 2, 29, 23)),
        ("2026-03-29", utc(2026, 3, 28, 23), utc(2026, 3, 29, 22)),  # the clocks go forward
        ("2026-10-25", utc(2026, 10, 24, 22), utc(2026, 10, 25, 23)),  # and back
        ("2026-02", utc(2026, 1, 31, 23), utc(2026, 2, 28, 23)),
        ("2025-12", utc(2025, 11, 30, 23), utc(2025, 12, 31, 23)),
        ("2025", utc(2024, 12, 31, 23), utc(2025, 12, 31, 23)),
        (">2025-12", utc(2025, 12, 31, 23), None),
        (">=2025-12", utc(2025, 11, 30, 23), None),
        ("<2025-12", None, utc(2025, 11, 30, 23)),
        ("<=2025-12", None, utc(2025, 12, 31, 23)),
        ("2025-12-31..2026-01-01", utc(2025, 12, 30, 23), utc(2026, 1, 1, 23)),
        ("2026-01..2025-12", utc(2025, 11, 30, 23), utc(2026, 1, 31, 23)),
        ("today", utc(2026, 2, 28, 23), utc(2026, 3, 1, 23)),
        ("yesterday", utc(2026, 2, 27, 23), utc(2026, 2, 28, 23)),
        ("this-week", utc(2026, 2, 22, 23), utc(2026, 3, 1, 23)),  # the first of March is a Sunday
        ("last-week", utc(2026, 2, 15, 23), utc(2026, 2, 22, 23)),
        ("this-month", utc(2026, 2, 28, 23), utc(2026, 3, 31, 22)),
        ("last-month", utc(2026, 1, 31, 23), utc(2026, 2, 28, 23)),
        ("this-year", utc(2025, 12, 31, 23), utc(2026, 12, 31, 23)),
        ("last-year", utc(2024, 12, 31, 23), utc(2025, 12, 31, 23)),
    ],
)
def test_days_are_those_of_the_reader(typed: str, start: datetime | None, end: datetime | None) -> None:
    assert of(f"applied:{typed}") == Term("applied", Span(start, end))


def test_days_far_away_are_days() -> None:
    for typed in ("0001", "0001-01-01", "9998", "9999", "9999-12", "9999-12-31", ">9999", "<0001"):
        found = of(f"applied:{typed}")
        assert found is None or isinstance(found, Term)


def test_age_counts_back_from_now() -> None:
    assert of("age:>3d") == of("age:3d") == Term("age", Span(None, utc(2026, 2, 25, 23, 30)))
    assert of("age:<12h") == Term("age", Span(utc(2026, 2, 28, 11, 30), None))
    assert of("age:1d..1w") == Term("age", Span(utc(2026, 2, 21, 23, 30), utc(2026, 2, 27, 23, 30)))


def test_the_order_is_no_condition() -> None:
    found = parse("sort:newest fog", now=NOW)
    assert (found.where, found.sort) == (text("fog", beginning=True), "newest")


def test_words_to_be_marked_are_those_that_were_sought() -> None:
    assert parse('fog -bell "C# show" lang:es (tide OR fog)', now=NOW).words == ("fog", "c", "show", "tide")


def test_what_is_too_much_is_left_out_and_said() -> None:
    found = parse(" ".join(f"w{n}" for n in range(100)), now=NOW)
    assert {hint.code for hint in found.hints} == {"too-many"}
    assert size(found) == MOST_TERMS
    assert [hint.code for hint in parse("x" * (MAX_LENGTH + 1), now=NOW).hints] == ["too-long"]


def test_more_values_of_a_field_than_are_used_are_said_to_be_left_out() -> None:
    typed = f"fog lang:{','.join(f'a{number}' for number in range(30))}"
    found = parse(typed, now=NOW)
    assert [(hint.code, hint.without) for hint in found.hints] == [("too-many", "fog")]
    assert found.where == Text(("fog",))


def size(found: Query) -> int:
    return sum(1 for _leaf in leaves(found.where))


def leaves(node: Node | None) -> list[Node]:
    match node:
        case None:
            return []
        case Not(inner):
            return leaves(inner)
        case All(nodes) | Either(nodes):
            return [leaf for one in nodes for leaf in leaves(one)]
    return [node]


def depth(node: Node | None) -> int:
    match node:
        case Not(inner):
            return 1 + depth(inner)
        case All(nodes) | Either(nodes):
            return 1 + max(map(depth, nodes))
    return 0


@given(ANYTHING)
@example("(" * 300 + "a")
@example("-" * 400)
@example("NOT " * 100)
@example('"' * 399)
def test_anything_is_understood_within_its_cap(typed: str) -> None:
    found = parse(typed, now=NOW)
    assert size(found) <= MOST_TERMS * MOST_TERMS
    assert depth(found.where) <= 3 * DEEPEST + 3
    assert all(hint.text.strip() and hint.code for hint in found.hints)


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_a_hundred_thousand_strings_are_understood(zone: str) -> None:
    """Fuzzing, cheaper than hypothesis: fragments of the language and whatever may stand between them."""
    chance, now = random.Random(zone), NOW.astimezone(ZoneInfo(zone))
    for _ in range(34_000):
        parts = [
            chance.choice(FRAGMENTS) if chance.random() < 0.6 else chance.choice(ALPHABET)
            for _ in range(chance.randrange(12))
        ]
        typed = chance.choice(("", " ")).join(parts)
        assert isinstance(parse(typed, now=now), Query), typed


@given(ANYTHING)
def test_what_is_mended_is_understood_better(typed: str) -> None:
    for hint in parse(typed[:200], now=NOW).hints:
        if hint.code == "unknown-field" and hint.mended:
            assert hint.instead.partition(":")[0] in FIELDS
