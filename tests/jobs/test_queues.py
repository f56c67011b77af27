"""Which effects go through which queue."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from jobs import queues
from jobs.run import ROOT, main
from review.config import Settings, load
from review.environment import BadSetting
from review.models.outbox import Kind

LAYOUTS = [queues.SPREAD, queues.EMBEDDED]


def settings(folder: Path, **env: str) -> Settings:
    return load({"DATA_DIR": str(folder)} | env)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_kind_goes_through_exactly_one_queue(layout: queues.Layout) -> None:
    assert sorted(kind for kinds in layout.values() for kind in kinds) == sorted(Kind)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_nothing_urgent_waits_behind_copies(layout: queues.Layout) -> None:
    assert layout["bulk"] - {Kind.WEBHOOK} == {Kind.MEDIA, Kind.SWEEP}


def test_layout_follows_the_broker(tmp_path: Path) -> None:
    assert list(queues.layout(settings(tmp_path))) == ["prompt", "bulk"]
    own = settings(tmp_path, REDIS_URL="redis://127.0.0.1:6379/0")
    assert list(queues.layout(own)) == ["letters", "provisioning", "feeds", "search", "bulk", "desk", "webhooks"]


@pytest.mark.parametrize("name", ["nope", "", "letters,feeds", "Prompt", "letters"])
def test_unknown_queue_is_refused_in_one_line_with_those_there_are(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadSetting) as refusal:
        queues.named(name, settings(tmp_path))
    assert str(refusal.value) == f"QUEUE: there is none called {name!r}, but prompt, bulk"


def test_known_queue_is_taken(tmp_path: Path) -> None:
    assert queues.named("bulk", settings(tmp_path)) == "bulk"


def test_worker_of_an_unknown_queue_ends_with_one_line(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    command = [sys.executable, "-m", "jobs.run", "worker", "nope"]
    ended = subprocess.run(
        command, cwd=ROOT, env=kept | {"DATA_DIR": str(tmp_path)}, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr == "Greenroom cannot start. QUEUE: there is none called 'nope', but prompt, bulk\n"


@pytest.mark.parametrize(
    "words", [[], ["nope"], ["worker"], ["worker", "prompt", "bulk"], ["relay", "prompt"], ["all", "x"]]
)
def test_words_that_make_no_command_are_answered_with_the_usage(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert capsys.readouterr().err == "usage: python -m jobs.run all|broker|relay|clock|worker QUEUE\n"
