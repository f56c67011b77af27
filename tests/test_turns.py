"""Whoever asks first is first, and nobody is forgotten."""

from __future__ import annotations

from threading import Thread

from review.turns import Turns
from tests.waiting import wait_for


def test_turns_come_in_the_order_they_were_asked_for() -> None:
    turns, served = Turns(), list[int]()
    assert turns.take(1)

    def wait(number: int) -> None:
        assert turns.take(60)
        served.append(number)
        turns.give()

    threads = []
    for number in range(8):
        threads.append(Thread(target=wait, args=(number,)))
        threads[-1].start()
        wait_for(lambda number=number: len(turns._waiting) == number + 1, seconds=10, what="it waits")  # type: ignore[misc]
    turns.give()
    for thread in threads:
        thread.join()
    assert served == list(range(8))
    assert turns.take(0), "it is free again"


def test_who_gives_up_is_passed_over() -> None:
    turns = Turns()
    assert turns.take(1)
    assert not turns.take(0.01)
    turns.give()
    assert turns.take(0)


def test_a_turn_may_be_given_back_by_another_thread() -> None:
    turns = Turns()
    taker = Thread(target=turns.take, args=(1,))
    taker.start()
    taker.join()
    turns.give()
    assert turns.take(0)
