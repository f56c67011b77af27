"""Letters: whatever people call themselves, a letter is whole, plain and harmless."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html

from review import letters
from review.letters import EXPORT_LINK, SHOW_LINK, STATUS_LINK, VERIFY_LINK, Letter
from review.reads.pulse import Digest
from review.rules import ASKABLE, REASONS, Verb
from review.services.decisions import LETTERS

HOSTILE = {
    "template": "{{7*7}} {% raw %} ${7*7}",
    "script": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "right-to-left": "\u202eليلى حداد\u202c",
    "long": "W" * 200,
    "lines": "One\r\nBcc: everybody@mail.example\n\nTwo",
    "percent": "100% %s %(name)s %",
    "quotes": "\"'`&amp;&",
    "nothing": "",
    "emoji": "🌱 Balcony 🐝",
}


def said(verb: Verb) -> list[str]:
    """What the reasons of a decision say."""
    return [str(letters.REASONS[code][1]) for code in REASONS[verb]]


def decided(verb: Verb) -> Callable[[str, str], Letter]:
    return lambda name, title: LETTERS[verb](
        name=name,
        show_title=title,
        reasons=said(verb),
        fields=ASKABLE,
        programme="Community plan",
    )


RENDER: dict[str, Callable[[str, str], Letter]] = {
    "received": lambda name, title: letters.received(name=name, show_title=title, days=3),
    "status_link": lambda name, title: letters.status_link(name=name, show_title=title),
    "reminder": lambda name, title: letters.reminder(name=name, show_title=title, days=14),
    "closed": lambda name, title: letters.closed(name=name, show_title=title),
    "owner_link": lambda name, _title: letters.owner_link(name=name),
    "export_link": lambda name, title: letters.export_link(name=name, show_title=title, days=14),
} | {LETTERS[verb].__name__: decided(verb) for verb in LETTERS}
LINKS = {
    "received": VERIFY_LINK,
    "owner_link": SHOW_LINK,
    "approved": SHOW_LINK,
    "export_link": EXPORT_LINK,
}


def one_paragraph(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("hostile", HOSTILE)
def test_letter_takes_any_name_and_title(app: Flask, hostile: str) -> None:
    said = HOSTILE[hostile]
    for kind, render in RENDER.items():
        letter = render(said, said)
        assert letter.kind == kind
        assert 0 < len(letter.subject) <= 255
        assert not set("\r\n\t\x00") & set(letter.subject)
        assert one_paragraph(said) in one_paragraph(letter.text)
        assert letter.text.endswith("\n")
        page = html.document_fromstring(letter.html)
        assert one_paragraph(said) in one_paragraph(page.text_content())
        assert not page.xpath("//script|//img|//@onerror")


def test_letter_carries_the_one_link_it_is_about(app: Flask) -> None:
    for kind, render in RENDER.items():
        letter, wanted = render("Maren", "Harbour Kitchen"), LINKS.get(kind, STATUS_LINK)
        markers = (VERIFY_LINK, STATUS_LINK, SHOW_LINK, EXPORT_LINK)
        assert [marker for marker in markers if marker in letter.text] == [wanted]
        assert letter.text.count(wanted) == 1
        assert html.document_fromstring(letter.html).xpath("//a/@href") == [wanted]


@pytest.mark.parametrize("daily", [True, False])
def test_digest_leads_to_the_desk_and_to_where_it_is_chosen(app: Flask, daily: bool) -> None:
    here = {"where": "https://desk.example/desk", "choose": "https://desk.example/desk/notifications"}
    letter = letters.digest(name=HOSTILE["script"], numbers=Digest(0, 2, 1, 1, 1, 2), daily=daily, **here)
    assert html.document_fromstring(letter.html).xpath("//a/@href") == list(here.values())
    assert letter.subject == "2 applications wait for a decision"
    assert ("every day" in letter.text) is daily
    assert "<script" not in letter.html


def test_letter_of_a_decision_says_every_reason(app: Flask) -> None:
    for verb in LETTERS:
        letter = decided(verb)("Maren", "Harbour Kitchen")
        assert all(str(letters.REASONS[code][1]) in letter.text for code in REASONS[verb])


def test_letter_of_a_decision_stands_without_reasons(app: Flask) -> None:
    for render in LETTERS.values():
        letter = render(name="Maren", show_title="Harbour", reasons=(), fields=(), programme="Community plan")
        assert "Maren" in letter.text
        assert not any(str(sentence) in letter.text for _, sentence in letters.REASONS.values())


def test_question_names_the_fields_to_mend(app: Flask) -> None:
    letter = letters.asked(name="M", show_title="H", reasons=(), fields=("the pitch", "“How old?”"), programme="P")
    assert "You can change these on your page: the pitch, “How old?”." in letter.text


def own(text: str, **changes: Any) -> letters.Letter:
    said: dict[str, Any] = {"name": "Maren", "show_title": "Harbour", "reasons": ("One.", "Two."), "fields": ()}
    return letters.in_own_words("declined", "On {title}", text, **said | {"programme": "Schools"} | changes)


def test_letter_in_own_words_says_what_its_places_stand_for(app: Flask) -> None:
    letter = own("Dear {name} of {programme},\n\n{reasons}\n\n[[status-link]]")
    assert (letter.subject, letter.text) == (
        "On Harbour",
        "Dear Maren of Schools,\n\nOne.\n\nTwo.\n\n[[status-link]]\n",
    )
    assert "<a href=" in letter.html


def test_line_with_nothing_to_say_is_left_out(app: Flask) -> None:
    assert own("Hello\n\nYou can change: {fields}\n\nBye").text == "Hello\n\nBye\n"


def test_what_an_applicant_wrote_is_no_place(app: Flask) -> None:
    assert own("Dear {name}\n{reasons}", name="{reasons}", reasons=("{name}",)).text == "Dear {reasons}\n{name}\n"


@pytest.mark.parametrize(("text", "unknown"), [("{name} {title}", set()), ("{nmae} {}", {"nmae", ""}), ("{ x", set())])
def test_places_nobody_knows_are_named(text: str, unknown: set[str]) -> None:
    assert letters.unknown_places(text) == unknown


def test_subject_of_a_long_title_is_cut(app: Flask) -> None:
    assert len(letters.status_link(name="M", show_title="W" * 1000).subject) == 255


def test_days_are_counted_in_words_that_fit(app: Flask) -> None:
    assert "for 1 day." in letters.received(name="M", show_title="H", days=1).text
    assert "for 3 days." in letters.received(name="M", show_title="H", days=3).text


def test_rewritten_letter_is_what_the_editor_held(app: Flask) -> None:
    letter = letters.rewritten("declined", "  About\r\nyour show ", "\r\nDear Maren,\r\n\r\nno.\r\nSorry.\r\n\r\n")
    assert letter.subject == "About your show"
    assert letter.text == "Dear Maren,\n\nno.\nSorry.\n"
    assert letter.kind == "declined"
    paragraphs = [p.text_content().split() for p in html.document_fromstring(letter.html).xpath("//p")]
    assert ["Dear", "Maren,"] in paragraphs
    assert ["no.", "Sorry."] in paragraphs


def test_rewriting_an_untouched_letter_changes_nothing(app: Flask) -> None:
    for kind, render in RENDER.items():
        letter = render("Maren Oduya", "Harbour Kitchen")
        assert letters.rewritten(kind, letter.subject, letter.text.replace("\n", "\r\n")) == letter


def test_rewritten_letter_escapes_its_html_part(app: Flask) -> None:
    letter = letters.rewritten("declined", "<b>s</b>", "<script>alert(1)</script>\n\n{{7*7}} & <a href='x'>y</a>")
    page = html.document_fromstring(letter.html)
    assert "<script>alert(1)</script>" in page.text_content()
    assert "{{7*7}} & <a href='x'>y</a>" in page.text_content()
    assert not page.xpath("//script|//a|//b")


def test_address_in_a_letter_becomes_a_link(app: Flask) -> None:
    for typed, link in {
        "see https://help.example/a?b=1&c=2.": "https://help.example/a?b=1&c=2",
        "(http://a.example/x)": "http://a.example/x",
        "<https://a.example>": "https://a.example",
        "here: [[status-link]]": "[[status-link]]",
        '"https://a.example/"onclick=x"': "https://a.example/",
    }.items():
        page = html.document_fromstring(letters.rewritten("asked", "s", typed).html)
        assert page.xpath("//a/@href") == page.xpath("//a/text()") == [link]
        assert typed in page.text_content()
        assert not page.xpath("//@onclick")


def test_nothing_else_becomes_a_link(app: Flask) -> None:
    for typed in ("javascript:alert(1)", "data:text/html,x", "[[status link]]", "www.a.example"):
        assert not html.document_fromstring(letters.rewritten("asked", "s", typed).html).xpath("//a")


def test_with_links_puts_links_for_markers_in_either_part(app: Flask) -> None:
    letter = letters.status_link(name="M", show_title="H")
    links = {STATUS_LINK: "http://127.0.0.1/apply/t0ken"}
    assert "http://127.0.0.1/apply/t0ken" in letters.with_links(letter.text, links)
    page = html.document_fromstring(letters.with_links(letter.html, links))
    assert page.xpath("//a/@href") == ["http://127.0.0.1/apply/t0ken"]
    assert STATUS_LINK not in letters.with_links(letter.text + letter.html, links)


def test_with_links_leaves_other_text_alone() -> None:
    assert letters.with_links("[[show-link]] [[x]]", {STATUS_LINK: "u"}) == "[[show-link]] [[x]]"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(name=st.text(), title=st.text())
def test_letter_is_whole_whatever_is_typed(app: Flask, name: str, title: str) -> None:
    letter = letters.received(name=name, show_title=title, days=3)
    assert len(letter.subject.splitlines()) == 1
    assert letter.text.count(VERIFY_LINK) == 1 + (name + title).count(VERIFY_LINK)
    assert html.document_fromstring(letters.rewritten("asked", title, name).html) is not None
