"""One application and all that is known of it, for the desk and for the applicant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import aliased, joinedload, load_only

from review.db import db
from review.errors import Missing
from review.models.application import Application, Decision, FeedCheck, Mark, Message, Note
from review.models.event import Event
from review.models.letter import Letter
from review.models.outbox import ItemState, OutboxItem
from review.models.outbox import Kind as Effect
from review.models.programme import Answer, Question
from review.models.show import ProvisioningStep, Show, StepName
from review.podcast.checks import Check, Subject, look
from review.podcast.likeness import Kind
from review.podcast.snapshot import Snapshot
from review.questions import code, number
from review.reads import notices, programmes, scores
from review.reads.scores import Scores
from review.rules import BACKLOG, DECISIONS, State, Verb

T = TypeVar("T")
MOST_OTHERS = 20


@dataclass(frozen=True, slots=True)
class Other:
    """Another application of the same person or the same show; `alike` says in what, and in how many marks of it."""

    application: Application
    alike: dict[Kind, int]


@dataclass(frozen=True, slots=True)
class Dossier:
    """What the reading pane shows."""

    application: Application
    snapshot: Snapshot | None
    others: list[Other]
    messages: list[Message]
    notes: list[Note]
    events: list[Event]
    letters: list[Letter]
    decision: Decision | None
    steps: dict[StepName, ProvisioningStep]
    effects: list[OutboxItem]
    show: Show | None
    scores: Scores
    answers: list[Answer]
    """What was answered to its programme's own questions, as far as it is for the reader."""
    hides: bool
    """Whose it is stays hidden until the reader has judged it."""

    @property
    def check(self) -> FeedCheck | None:
        return self.application.feed_check

    def undoable(self, now: datetime) -> bool:
        """Whether the last decision can still be taken back."""
        return self.decision is not None and self.decision.can_be_undone(now)

    def effect(self, kind: str) -> OutboxItem | None:
        """The newest effect of this kind."""
        return next((item for item in reversed(self.effects) if item.kind == kind), None)

    @property
    def returned(self) -> Letter | None:
        """The newest letter that came back and was not sent again."""
        return next((one for one in reversed(self.letters) if one.came_back), None)

    def checks(self, now: datetime) -> tuple[Check, ...]:
        """What a machine sees in it."""
        check, application = self.check, self.application
        size = (check.artwork_width, check.artwork_height) if check else (None, None)
        subject = Subject(
            pitch=application.pitch,
            language=application.language,
            email=application.email,
            feed_url=application.feed_url,
            failure=check.failure if check else "",
            snapshot=self.snapshot,
            artwork=(size[0], size[1]) if size[0] and size[1] else None,
        )
        return look(subject, now=now)

    @property
    def changed(self) -> dict[str, Any]:
        """What the applicant's last answer altered since the last decision: field -> what it said before. What is not
        for the reader is left out."""
        for event in reversed(self.events):
            if event.verb in DECISIONS:
                break
            if event.verb == Verb.ANSWER and isinstance(event.data.get("changed"), dict):
                said = event.data["changed"].items()
                return {name: before for name, before in said if not number(name) or self.wording(name)}
        return {}

    def wording(self, field: str) -> str:
        """How a question is worded whose answer was altered; nothing for other fields, and where it is not for the
        reader."""
        return next((one.wording for one in self.answers if code(one.question_id) == field), "")

    @property
    def feed_is_being_read(self) -> bool:
        return self._comes(Effect.FEED_CHECK)

    @property
    def is_moving(self) -> bool:
        """Whether the page will look different in a moment by itself."""
        return self.feed_is_being_read or self._comes(Effect.PROVISION)

    def _comes(self, kind: Effect) -> bool:
        item = self.effect(kind)
        return item is not None and item.state in (ItemState.WAITING, ItemState.LEASED)


@dataclass(frozen=True, slots=True)
class Brief:
    """What deciding needs to know of an application, and taking the decision back."""

    application: Application
    decision: Decision | None
    hides: bool

    def undoable(self, now: datetime) -> bool:
        """As Dossier.undoable."""
        return self.decision is not None and self.decision.can_be_undone(now)


def brief(application_id: int, *, reader: int) -> Brief:
    """As much of an application as a decision needs: many are decided in a row, and none of them waits for the rest.
    Raises Missing as `dossier` does."""
    application = _readable(application_id, reader)
    return Brief(application, last_decision(application_id), bool(scores.hidden([application_id], reader=reader)))


def _readable(application_id: int, reader: int) -> Application:
    application = _application(application_id)
    if application.state not in BACKLOG or notices.hidden(reader, application_id):
        raise Missing
    return application


def dossier(application_id: int, *, reader: int) -> Dossier:
    """Everything about one application, in a fixed number of queries. Raises Missing, also for a reader (by number) who
    has declared a conflict with it."""
    application = _readable(application_id, reader)
    check, hides = application.feed_check, bool(scores.hidden([application_id], reader=reader))
    steps = _all(select(ProvisioningStep).where(ProvisioningStep.application_id == application_id))
    return Dossier(
        application=application,
        snapshot=Snapshot.from_json(check.snapshot) if check and check.snapshot else None,
        others=others(application_id, reader=reader),
        messages=_messages(application_id),
        notes=_all(
            select(Note).where(Note.application_id == application_id).options(joinedload(Note.person)).order_by(Note.id)
        ),
        events=_all(
            select(Event)
            .where(Event.application_id == application_id)
            .options(joinedload(Event.person))
            .order_by(Event.id)
        ),
        letters=_letters(application_id),
        decision=last_decision(application_id),
        steps={step.name: step for step in steps},
        effects=_all(_of(OutboxItem, application_id)),
        show=db.session.scalar(select(Show).where(Show.application_id == application_id)),
        scores=scores.scores(application, reader=reader),
        answers=programmes.answers_for(application_id, reader=reader, hides=hides),
        hides=hides,
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """What the applicant may see. A decision that can still be undone is not told yet."""

    application: Application
    state: State
    asked: list[str]
    questions: list[Question]
    """Those of its programme that are among what is asked."""
    answers: list[Answer]
    messages: list[Message]
    show: Show | None
    pending: bool


def standing(application_id: int, *, now: datetime) -> Standing:
    """Where an application stands, as its applicant sees it. Raises Missing."""
    application = _application(application_id)
    decision, messages = last_decision(application_id), _messages(application_id)
    state, asked = application.state, application.asked
    pending = decision is not None and decision.can_be_undone(now)
    if decision is not None and pending:
        messages = [message for message in messages if message.decision_id != decision.id]
        state, asked = State(decision.before["state"]), decision.before["asked"]
    show = db.session.scalar(select(Show).where(Show.application_id == application_id))
    wanted = {number(field) for field in asked} - {None}
    questions = [one for one in programmes.questions(application.programme_id) if one.id in wanted] if wanted else []
    own = programmes.answers(application_id)
    return Standing(application, state, asked, questions, own, messages, show, pending)


def last_decision(application_id: int) -> Decision | None:
    """The newest decision, undone or not."""
    return db.session.scalar(
        select(Decision)
        .where(Decision.application_id == application_id)
        .options(joinedload(Decision.person))
        .order_by(Decision.number.desc())
        .limit(1)
    )


def _application(application_id: int) -> Application:
    application = db.session.get(
        Application,
        application_id,
        options=[
            joinedload(getattr(Application, name))
            for name in ("programme", "feed_check", "reviewer", "assignee", "tags")
        ],
    )
    if application is None:
        raise Missing
    return application


def others(application_id: int, *, reader: int) -> list[Other]:
    """Those that share a mark with an application, the one most alike first."""
    shared, alike = aliased(Mark), aliased(Mark)
    found = db.session.execute(
        select(alike.application_id, alike.kind, func.count())
        .select_from(shared)
        .join(alike, (alike.kind == shared.kind) & (alike.key == shared.key))
        .where(shared.application_id == application_id, alike.application_id != application_id)
        .where(alike.application_id.not_in(notices.hidden_from(reader)))
        .group_by(alike.application_id, alike.kind)
        .limit(200)
    )
    by: dict[int, dict[Kind, int]] = {}
    for other_id, kind, shared_marks in found:
        by.setdefault(other_id, {})[kind] = shared_marks
    rows = _all(
        select(Application)
        .where(Application.id.in_(by), Application.state.in_(BACKLOG))
        .options(load_only(Application.show_title, Application.name, Application.state))
        .order_by(Application.received_at, Application.id)
    )
    return sorted((Other(row, by[row.id]) for row in rows), key=lambda other: -len(other.alike))[:MOST_OTHERS]


def _letters(application_id: int) -> list[Letter]:
    """Those about the application, and those about the show it has become."""
    its_show = select(Show.id).where(Show.application_id == application_id)
    about = or_(Letter.application_id == application_id, Letter.show_id.in_(its_show))
    return _all(select(Letter).where(about).order_by(Letter.id))


def _messages(application_id: int) -> list[Message]:
    return _all(_of(Message, application_id).options(joinedload(Message.person)))


def _of(table: type[T], application_id: int) -> Select[T]:
    """What belongs to an application, in the order it came."""
    rows: Any = table
    return select(table).where(rows.application_id == application_id).order_by(rows.id)


def _all(statement: Select[T]) -> list[T]:
    return list(db.session.scalars(statement))
