"""Questions of a programme: what answers each kind, and who reads it."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review import questions
from review.questions import CHOICE_LENGTH, FILE_TYPES, LONGEST, MOST_CHOICES, Audience, Kind, Unfit
from review.rules import Role
from review.typed import is_web_address

LINES = st.text(max_size=80)


def unfit(kind: Kind, text: str, choices: tuple[str, ...] = ()) -> str:
    """The code with which an answer is turned down."""
    with pytest.raises(Unfit) as found:
        questions.fit(kind, text, choices)
    return found.value.code


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("nothing", ["", "  ", "\n\t\n", "\x00\x01"])
def test_nothing_stays_nothing(kind: Kind, nothing: str) -> None:
    assert questions.fit(kind, nothing) == ""


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        (Kind.TEXT, "  a\n b\x07 ", "a b"),
        (Kind.LONG, " a\r\n\r\nb ", "a\n\nb"),
        (Kind.NUMBER, " 007.50 ", "7.5"),
        (Kind.NUMBER, "100", "100"),
        (Kind.NUMBER, "-0.000", "0"),
        (Kind.NUMBER, "999999999999999.9999", "999999999999999.9999"),
        (Kind.DATE, "2028-02-29", "2028-02-29"),
        (Kind.LINK, "https://school.example/a?b=c", "https://school.example/a?b=c"),
        (Kind.FILE, "C:\\papers\\Letter of June.PDF", "Letter of June.PDF"),
        (Kind.FILE, "../../etc/notes.txt", "notes.txt"),
    ],
)
def test_answer_is_kept_in_one_form(kind: Kind, typed: str, kept: str) -> None:
    assert questions.fit(kind, typed) == kept


@pytest.mark.parametrize("typed", ["1,5", "1e3", "½", "٣", "1.", ".5", "+1", "1 000", "1" * 16, "0.00001", "NaN"])
def test_number_is_written_plainly(typed: str) -> None:
    assert unfit(Kind.NUMBER, typed) == "answer-number"


@pytest.mark.parametrize("typed", ["2027-02-29", "29.2.2028", "2028-2-9", "20280229", "2028-W09-2", "soon"])
def test_date_is_a_day_of_the_calendar(typed: str) -> None:
    assert unfit(Kind.DATE, typed) == "answer-date"


@pytest.mark.parametrize("typed", ["school.example", "javascript:alert(1)", "ftp://school.example", "https://"])
def test_link_can_be_opened(typed: str) -> None:
    assert unfit(Kind.LINK, typed) == "answer-link"


@pytest.mark.parametrize("typed", ["page.html", "run.exe", "drawing.svg", "pdf", "no-ending", ".pdf/"])
def test_file_is_of_a_kind_that_no_browser_runs(typed: str) -> None:
    assert unfit(Kind.FILE, typed) == "answer-file"
    assert not {"html", "htm", "svg", "js", "xml", "exe"} & set(FILE_TYPES)


def test_choice_is_one_of_those_there_are() -> None:
    assert questions.fit(Kind.CHOICE, " Primary ", ("Primary", "Secondary")) == "Primary"
    assert unfit(Kind.CHOICE, "primary", ("Primary", "Secondary")) == "answer-choice"
    assert unfit(Kind.CHOICE, "Primary") == "answer-choice"


@pytest.mark.parametrize(("kind", "longest"), LONGEST.items())
def test_there_is_an_end_to_an_answer(kind: Kind, longest: int) -> None:
    assert unfit(kind, "1" * (longest + 1)) == "answer-long"


@given(st.sampled_from(Kind), LINES, st.lists(LINES, max_size=4))
def test_whatever_is_typed_fits_or_is_turned_down_and_fits_again(kind: Kind, typed: str, choices: list[str]) -> None:
    try:
        kept = questions.fit(kind, typed, choices)
    except Unfit:
        return
    assert questions.fit(kind, kept, choices) == kept
    assert kind is Kind.LONG or "\n" not in kept
    assert kind is not Kind.LINK or not kept or is_web_address(kept)


@given(st.dates())
def test_every_date_comes_through(day: date) -> None:
    assert questions.fit(Kind.DATE, day.isoformat()) == day.isoformat()


@given(st.integers(-(10**15) + 1, 10**15 - 1))
def test_every_whole_number_comes_through(number: int) -> None:
    assert questions.fit(Kind.NUMBER, str(number)) == str(number)


def test_choices_stand_one_a_line_and_each_once() -> None:
    assert questions.choices(" a \r\n\r\nb\na\n") == ["a", "b"]


@pytest.mark.parametrize(
    "lines", ["", "one", "one\none", "a\n" + "b" * (CHOICE_LENGTH + 1), "\n".join(map(str, range(MOST_CHOICES + 1)))]
)
def test_choices_are_a_few(lines: str) -> None:
    with pytest.raises(Unfit, match="question-choices"):
        questions.choices(lines)


@given(st.integers(1, 999_999_999))
def test_code_of_a_question_leads_back_to_it(number: int) -> None:
    assert questions.number(questions.code(number)) == number


@pytest.mark.parametrize("field", ["pitch", "question-", "question-0", "question-1x", "question-1234567890", "", "1"])
def test_other_fields_are_no_question(field: str) -> None:
    assert questions.number(field) is None


@pytest.mark.parametrize(
    ("audience", "role", "hides", "reads"),
    [
        (Audience.DESK, Role.VIEWER, True, True),
        (Audience.DESK, None, True, True),
        (Audience.JUDGED, Role.REVIEWER, True, False),
        (Audience.JUDGED, Role.REVIEWER, False, True),
        (Audience.JUDGED, Role.ADMIN, True, False),
        (Audience.LEADS, Role.VIEWER, False, False),
        (Audience.LEADS, Role.REVIEWER, False, False),
        (Audience.LEADS, Role.LEAD, False, True),
        (Audience.LEADS, Role.ADMIN, False, True),
        (Audience.LEADS, Role.LEAD, True, False),
        (Audience.LEADS, None, False, False),
    ],
)
def test_who_reads_an_answer(audience: Audience, role: Role | None, hides: bool, reads: bool) -> None:
    assert questions.readable(audience, role=role, hides=hides) is reads
