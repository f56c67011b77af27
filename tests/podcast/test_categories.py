"""Apple's list is data; its shape is checked."""

from review.podcast.categories import ALL, CATEGORIES


def test_nineteen_top_level() -> None:
    assert len(CATEGORIES) == 19
    assert list(CATEGORIES) == sorted(CATEGORIES)


def test_written_forms() -> None:
    assert len(ALL) == len(set(ALL)) == 19 + sum(map(len, CATEGORIES.values())) == 110
    assert {"Arts", "Arts > Books", "TV & Film > TV Reviews", "True Crime"} <= set(ALL)


def test_the_list_of_before_2019_is_gone() -> None:
    assert not {"Games & Hobbies", "News & Politics", "Science & Medicine"} & set(ALL)
