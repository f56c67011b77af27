"""What a bench says of its figures: what misses its target, and what grows that should not."""

from __future__ import annotations

from bench.figures import Figure, Setup, missed, table


def setups() -> list[Setup]:
    small, large = Setup("embedded", 10_000), Setup("embedded", 100_000)
    for setup, list_, acknowledged, queries in ((small, 40.0, 90.0, 12), (large, 210.0, 240.0, 13)):
        setup.add("list", list_, "ms", 200)
        setup.add("acknowledged", acknowledged, "ms", 150 if setup is small else 250)
        setup.add("the desk", queries, "queries")
    large.add("only here", 3)
    return [small, large]


def test_what_is_above_its_target_is_named_and_what_is_at_it_is_not() -> None:
    assert Figure("x", 200, most=200).met
    assert not Figure("x", 200.5, most=200).met
    assert Figure("x", 10**9).met
    assert missed(setups()) == [
        "embedded, 100,000: list: 210 ms, at most 200",
        "embedded: the desk grows with the rows: [12, 13]",
    ]


def test_the_same_number_of_queries_at_both_sizes_is_well() -> None:
    same = [Setup("stack", size) for size in (10, 100)]
    for setup in same:
        setup.add("the desk", 9, "queries")
    assert missed(same) == []


def test_table_has_a_line_for_each_figure_and_marks_what_misses() -> None:
    head, *lines = table(setups())
    assert head.split() == ["target", "embedded", "10,000", "embedded", "100,000"]
    assert [line.split() for line in lines] == [
        ["list", "200", "40", "ms", "!", "210", "ms"],
        ["acknowledged", "150/250", "90", "ms", "240", "ms"],
        ["the", "desk", "12", "queries", "13", "queries"],
        ["only", "here", "-", "3"],
    ]
