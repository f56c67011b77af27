"""Forms in which admins say what a programme offers, asks and writes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, DateTimeLocalField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, Optional, ValidationError

from review import questions
from review.questions import Audience, Kind, Unfit
from review.services.programmes import Terms
from review.services.questions import Wanted
from review.typed import clean, is_number, one_line
from review.web.fields import required
from review.web.forms import Form
from review.web.refusals import REFUSALS

KINDS = {
    Kind.TEXT: _("A line of text"),
    Kind.LONG: _("Several lines of text"),
    Kind.CHOICE: _("One of several choices"),
    Kind.NUMBER: _("A number"),
    Kind.DATE: _("A date"),
    Kind.LINK: _("A web address"),
    Kind.FILE: _("A file"),
}
AUDIENCES = {
    Audience.DESK: _("Everybody at the desk"),
    Audience.JUDGED: _("Everybody at the desk; where it is judged blind, once they have given their points"),
    Audience.LEADS: _("Leads and admins only"),
}
_DATES = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]


class ProgrammeForm(Form):
    """What a programme offers, and under which rules."""

    name = StringField(_("Name"), filters=[one_line], validators=[required(_("Give it a name.")), Length(max=120)])
    summary = TextAreaField(_("What it is, in a sentence or two"), filters=[one_line], validators=[Length(max=500)])
    places = StringField(_("Places"), filters=[one_line], render_kw={"inputmode": "numeric", "maxlength": 7})
    opens_at = DateTimeLocalField(_("Opens (UTC)"), format=_DATES, validators=[Optional()])
    closes_at = DateTimeLocalField(_("Closes (UTC)"), format=_DATES, validators=[Optional()])
    rules = TextAreaField(
        _("Rules"),
        filters=[clean],
        validators=[required(_("Write what applicants agree to.")), Length(max=20_000)],
    )

    def validate_places(self, field: Any) -> None:
        if not is_number(field.data):
            raise ValidationError(REFUSALS["programme-places"])

    def terms(self) -> Terms:
        """What was typed, once it has passed."""
        return Terms(
            name=self.name.data,
            summary=self.summary.data or "",
            places=int(self.places.data),
            opens_at=_utc(self.opens_at.data),
            closes_at=_utc(self.closes_at.data),
            rules=self.rules.data,
        )


def _utc(typed: datetime | None) -> datetime | None:
    return typed.replace(tzinfo=UTC) if typed else None


class QuestionForm(Form):
    """A question of a programme's own."""

    wording = StringField(
        _("The question"), filters=[one_line], validators=[required(_("Write the question.")), Length(max=300)]
    )
    help = StringField(_("Help beneath it (optional)"), filters=[one_line], validators=[Length(max=500)])
    kind = SelectField(_("An answer is"))
    choices = TextAreaField(_("Choices, one a line"), filters=[clean], validators=[Length(max=12_000)])
    required = BooleanField(_("It must be answered"))
    audience = SelectField(_("Who reads the answers"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [(kind.value, label) for kind, label in KINDS.items()]
        self.audience.choices = [(audience.value, label) for audience, label in AUDIENCES.items()]

    def validate_choices(self, field: Any) -> None:
        if self.kind.data == Kind.CHOICE:
            try:
                questions.choices(field.data or "")
            except Unfit as unfit:
                raise ValidationError(REFUSALS[unfit.code]) from unfit

    def wanted(self) -> Wanted:
        """What was typed, once it has passed. Choices of what is no choice are left out."""
        kind = Kind(self.kind.data)
        return Wanted(
            kind=kind,
            wording=self.wording.data,
            help=self.help.data or "",
            required=bool(self.required.data),
            choices=tuple(questions.choices(self.choices.data)) if kind is Kind.CHOICE else (),
            audience=Audience(self.audience.data),
        )


class WordingForm(Form):
    """A letter in a programme's own words."""

    subject = StringField(_("Subject"), filters=[one_line], validators=[Length(max=255)])
    text = TextAreaField(_("Letter"), filters=[clean], validators=[Length(max=20_000)])
