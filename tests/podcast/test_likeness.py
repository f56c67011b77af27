"""What is the same however it is told, and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.podcast.likeness import MOST_EPISODES, Kind, Traits, marks, shape


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Harbour Kitchen", "The Harbor Kitchen Podcast"),
        ("Café Müller", "cafe muller"),
        ("Grief Club", "club grief"),
        ("Oduya, Maren", "Maren Oduya"),
        ("Die Nachteulen", "Nachteulen"),
        ("Balloon", "Baloon"),
        ("حكايات من الحي", "من الحي حكايات"),
    ],
)
def test_spelling_order_and_empty_words_do_not_count(one: str, other: str) -> None:
    assert shape(one) == shape(other) != ""


@pytest.mark.parametrize(
    ("one", "other"), [("Night Owls", "Night Bus"), ("Radio One", "Radio Two"), ("The Podcast", "The Show"), ("A", "B")]
)
def test_other_titles_stay_apart(one: str, other: str) -> None:
    assert shape(one) != shape(other)


@given(st.text(), st.text(), st.text(), st.lists(st.text(), max_size=30))
def test_it_is_total_and_the_same_twice(email: str, url: str, title: str, guids: list[str]) -> None:
    traits = Traits(email, (url,), title, tuple(guids), (title,), (email, title))
    found = marks(traits)
    assert found == marks(traits)
    assert all(len(key) == 32 for _, key in found)
    assert sum(kind is Kind.EPISODES for kind, _ in found) <= MOST_EPISODES


def test_nothing_known_has_no_marks() -> None:
    assert marks(Traits("")) == frozenset()
    assert marks(Traits("", titles=("Harbour Kitchen",))) == frozenset(), "a title without an author tells nothing"


def test_a_guid_is_one_in_any_case_and_an_episodes_to_the_byte() -> None:
    def shared(one: Traits, other: Traits) -> set[Kind]:
        return {kind for kind, _ in marks(one) & marks(other)}

    assert shared(Traits("", guid="ABC-1"), Traits("", guid=" abc-1 ")) == {Kind.GUID}
    assert shared(Traits("", episode_guids=("A",)), Traits("", episode_guids=("a",))) == set()
    assert shared(Traits("", episode_guids=("a", "b")), Traits("", episode_guids=("b",))) == {Kind.EPISODES}
