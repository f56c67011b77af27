"""Rows of other people's forms: columns guessed, values made ours, and everything that is wrong said at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review import tables
from review.intake import FIELDS, REQUIRED, Asked, Entry, Problem, Reading, guess
from review.moments import DAY_FIRST, MONTH_FIRST
from review.questions import Kind
from review.typed import LONGEST

NOW = datetime(2024, 11, 26, 12, 0, tzinfo=UTC)
WHOLE = Reading({field: at for at, field in enumerate(FIELDS)})
SAID = {
    "name": "Maren Oduya",
    "email": "maren@mail.example",
    "show_title": "Harbour Kitchen",
    "pitch": "Cooks tell.\nAnd sing.",
    "topics": "Food, society and culture",
    "language": "Suomi",
    "schedule": "every other Thursday",
    "links": "harbour.example, https://social.example/@harbour",
    "feed_url": "harbour.example/feed.xml",
    "received_at": "11/20/2024 10:30:00",
}


def cells(**changes: str) -> tuple[str, ...]:
    said = SAID | changes
    return tuple(said.get(field, "") for field in FIELDS)


def entry(**changes: str) -> Entry:
    found = WHOLE.entry(cells(**changes), width=len(FIELDS), now=NOW)
    assert isinstance(found, Entry), found
    return found


def problems(**changes: str) -> set[tuple[str, str]]:
    found = WHOLE.entry(cells(**changes), width=len(FIELDS), now=NOW)
    assert isinstance(found, tuple), found
    return {(problem.code, problem.field) for problem in found}


GOOGLE = ("Timestamp", "Email Address", "What is your name?", "What is your podcast called?", "Link to your RSS feed")
GOOGLE += ("Why do you want a place?", "Category", "How often will it appear?", "Your website", "Language")
TYPEFORM = ("#", "First name", "Last name", "Email", "*Name of your show*", "Tell us about it", "RSS feed URL")
TYPEFORM += ("Response Type", "Start Date (UTC)", "Stage Date (UTC)", "Submit Date (UTC)", "Network ID", "Tags")
GERMAN = (
    "Zeitstempel",
    "E-Mail-Adresse",
    "Wie heißen Sie?",
    "Name der Sendung",
    "Beschreiben Sie die Sendung",
    "Sprache",
)
FRENCH = (
    "Horodateur",
    "Adresse e-mail",
    "Votre nom",
    "Titre de l'émission",
    "Pourquoi nous ?",
    "Fréquence",
    "Flux RSS",
)
SPANISH = ("Marca temporal", "Dirección de correo electrónico", "Nombre", "Título del podcast", "¿Por qué?", "Temas")


@pytest.mark.parametrize(
    ("headings", "expected"),
    [
        (GOOGLE, "received_at email name show_title feed_url pitch topics schedule links language"),
        (TYPEFORM, "- name last_name email show_title pitch feed_url - - - received_at - -"),
        (GERMAN, "received_at email name show_title pitch language"),
        (FRENCH, "received_at email name show_title pitch schedule feed_url"),
        (SPANISH, "received_at email name show_title pitch topics"),
        (("", "Something", "Else"), "- - -"),
    ],
    ids=["google", "typeform", "german", "french", "spanish", "nothing"],
)
def test_columns_are_guessed_by_their_headings(headings: tuple[str, ...], expected: str) -> None:
    columns = {field: at for at, field in enumerate(expected.split()) if field != "-"}
    assert dict(guess(headings, []).columns) == columns


def test_order_of_dates_is_guessed_by_what_stands_beneath() -> None:
    assert guess(("Timestamp",), [("20/11/2024 10:30",)]).dates == DAY_FIRST
    assert guess(("Timestamp",), [("11/20/2024 10:30",), ()]).dates == MONTH_FIRST


@given(st.lists(st.text(), max_size=12))
def test_each_column_holds_one_thing_at_most(headings: list[str]) -> None:
    columns = guess(headings, []).columns
    assert len(set(columns.values())) == len(columns)
    assert set(columns) <= set(FIELDS)


def test_row_becomes_an_application() -> None:
    assert entry() == Entry(
        name="Maren Oduya",
        email="maren@mail.example",
        show_title="Harbour Kitchen",
        pitch="Cooks tell.\nAnd sing.",
        topics=("Arts > Food", "Society & Culture"),
        language="fi",
        links=("https://harbour.example", "https://social.example/@harbour"),
        schedule="every other Thursday",
        feed_url="https://harbour.example/feed.xml",
        received_at=datetime(2024, 11, 20, 10, 30, tzinfo=UTC),
        left_out={},
        answers={},
    )


QUESTIONS = (
    Asked(1, "What kind of school is it?", Kind.CHOICE, ("Primary", "Secondary")),
    Asked(2, "How many pupils?", Kind.NUMBER),
    Asked(3, "When does it begin?", Kind.DATE),
    Asked(4, "Its website", Kind.LINK),
    Asked(5, "A typical day", Kind.LONG),
)


def answered(*texts: str) -> Entry:
    columns = {one.field: len(FIELDS) + at for at, one in enumerate(QUESTIONS)}
    reading = replace(WHOLE, columns={**WHOLE.columns, **columns}, asked=QUESTIONS)
    found = reading.entry((*cells(), *texts), width=len(FIELDS) + len(QUESTIONS), now=NOW)
    assert isinstance(found, Entry), found
    return found


def test_answers_are_read_as_people_write_them() -> None:
    found = answered(" secondary", "24.0", "11/20/2027", "school.example", "We rise.\nWe talk.")
    assert found.answers == {
        1: "Secondary",
        2: "24",
        3: "2027-11-20",
        4: "https://school.example",
        5: "We rise.\nWe talk.",
    }
    assert found.left_out.keys() == entry().left_out.keys()


def test_what_is_no_answer_is_left_out_and_named() -> None:
    found = answered("Tertiary", "many", "soon", "none", "")
    assert found.answers == {}
    said = {"question-1": ("Tertiary",), "question-2": ("many",), "question-3": ("soon",), "question-4": ("none",)}
    assert said.items() <= found.left_out.items()


def test_a_question_stands_where_its_own_words_do() -> None:
    headings = ("Email", "Your name", "its website", "What kind of school is it", "Website")
    found = guess(headings, [], QUESTIONS)
    assert (found.columns["question-4"], found.columns["question-1"], found.columns["links"]) == (2, 3, 4)
    assert found.asked == QUESTIONS


def test_only_four_things_are_needed() -> None:
    bare = entry(**{field: "" for field in FIELDS if field not in REQUIRED})
    assert (bare.topics, bare.language, bare.links, bare.schedule, bare.feed_url) == ((), "en", (), "", "")
    assert bare.received_at is None


def test_everything_that_is_missing_is_said_at_once() -> None:
    assert problems(**dict.fromkeys(REQUIRED, " ")) == {("missing", field) for field in REQUIRED}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"email": "maren at mail"}, ("no-email", "email")),
        ({"name": "Win at https://evil.example"}, ("address-in-name", "name")),
        ({"show_title": "www.evil.example"}, ("address-in-name", "show_title")),
        ({"feed_url": "harbour..example"}, ("no-web-address", "feed_url")),
        ({"feed_url": "ftp://harbour.example/feed"}, ("no-web-address", "feed_url")),
        ({"received_at": "last week"}, ("no-time", "received_at")),
        ({"received_at": "11/28/2024"}, ("in-future", "received_at")),
        ({"pitch": "x" * (LONGEST["pitch"] + 1)}, ("too-long", "pitch")),
        ({"name": "x" * (LONGEST["name"] + 1)}, ("too-long", "name")),
    ],
    ids=str,
)
def test_what_cannot_be_is_said(changes: dict[str, str], expected: tuple[str, str]) -> None:
    assert problems(**changes) == {expected}


def test_row_that_has_slipped_is_not_guessed_at() -> None:
    found = WHOLE.entry((*cells(), "one more"), width=len(FIELDS), now=NOW)
    assert found == (Problem("too-many-cells"),)
    assert isinstance(WHOLE.entry((*cells(), " "), width=len(FIELDS), now=NOW), Entry)


def test_what_has_no_place_is_left_out_and_named() -> None:
    found = entry(topics="Food; Wizardry|Comedy, Arts, Music", links="@harbour a.example", language="Klingon")
    assert (found.topics, found.links, found.language) == (
        ("Arts > Food", "Comedy", "Arts"),
        ("https://a.example",),
        "en",
    )
    assert found.left_out == {"topics": ("Wizardry", "Music"), "links": ("@harbour",), "language": ("Klingon",)}


@pytest.mark.parametrize("text", ["none", "-", "n/a", "I have none yet."])
def test_whoever_has_no_feed_says_so_in_many_words(text: str) -> None:
    assert (entry(feed_url=text).feed_url, dict(entry(feed_url=text).left_out)) == ("", {"feed_url": (text,)})


def test_first_and_last_name_are_one() -> None:
    assert entry(name="Maren", last_name="Oduya").name == "Maren Oduya"
    assert entry(name="", last_name="Oduya").name == "Oduya"


@pytest.mark.parametrize(
    ("text", "code"),
    [("English", "en"), ("en-GB", "en"), ("Deutsch", "de"), ("allemand", "de"), ("ESPAÑOL", "es"), ("norwegian", "nb")],
)
def test_language_is_known_by_many_names(text: str, code: str) -> None:
    assert entry(language=text).language == code


def test_row_is_the_same_however_it_is_written() -> None:
    same = entry(
        email="Maren+forms@mail.example", show_title="harbour  kitchen", received_at="", pitch="cooks tell. and sing."
    )
    assert same.key == entry().key
    for changes in ({"email": "m@mail.example"}, {"show_title": "Harbour"}, {"pitch": "Something new."}):
        assert entry(**changes).key != entry().key


def test_key_does_not_depend_on_what_was_left_open() -> None:
    at = NOW - timedelta(days=9)
    assert replace(entry(), received_at=at, topics=(), language="de").key == entry().key


@given(st.lists(st.text(), max_size=14))
def test_no_row_fails(row: list[str]) -> None:
    found: Any = WHOLE.entry(row, width=len(FIELDS), now=NOW)
    assert isinstance(found, Entry | tuple)


class TestTables:
    """What comes from spreadsheets and forms."""

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
    @pytest.mark.parametrize("separator", [",", ";", "\t"])
    def test_encoding_and_separator_are_found_out(self, encoding: str, separator: str) -> None:
        text = f'Name{separator}"Why, or; why not"\r\nZoë{separator}"Two\r\nlines, ""quoted"""\r\n'
        table = tables.read(text.encode(encoding))
        assert table.headings == ("Name", "Why, or; why not")
        assert [row.cells for row in table.rows] == [("Zoë", 'Two\r\nlines, "quoted"')]

    def test_rows_know_the_line_they_begin_on(self) -> None:
        table = tables.read(b'Name,Pitch\n\na,"1\n2"\n , \nb,c\n')
        assert [(row.number, row.cells) for row in table.rows] == [(3, ("a", "1\n2")), (6, ("b", "c"))]

    def test_headings_can_be_told_apart(self) -> None:
        assert tables.read(b"Name,,Name, \n1,2,3,4\n").headings == ("Name", "#2", "Name (3)", "#4")

    def test_short_rows_are_filled_up_and_long_ones_kept(self) -> None:
        assert [row.cells for row in tables.read(b"a,b\n1\n1,2,3\n").rows] == [("1", ""), ("1", "2", "3")]

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (b"", "no-headings"),
            (b"\r\n \r\n", "no-headings"),
            (b"Name,Email\r\n", "no-rows"),
            (b"PK\x03\x04rest", "workbook"),
            (b"\xd0\xcf\x11\xe0rest", "workbook"),
            (b"a\n" + b"1\n" * (tables.MAX_ROWS + 1), "too-many-rows"),
            (b"a," * tables.MAX_COLUMNS + b"a\n1\n", "too-many-columns"),
            (b'a\n"' + b"x" * 200_000 + b'"\n', "unreadable"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_what_is_no_table_says_why(self, data: bytes, code: str) -> None:
        with pytest.raises(tables.NotATable) as caught:
            tables.read(data)
        assert caught.value.code == code

    @given(st.binary(max_size=300))
    def test_no_bytes_fail_otherwise(self, data: bytes) -> None:
        try:
            table = tables.read(data)
        except tables.NotATable:
            return
        assert len(set(table.headings)) == len(table.headings)
        assert all(len(row.cells) >= len(table.headings) for row in table.rows)
