"""A programme's own questions as fields of a form: what may be typed for each kind, and what was given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from flask_babel import gettext
from flask_wtf.file import FileField
from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, ValidationError

from review import questions
from review.questions import FILE_BYTES, FILE_TYPES, LONGEST, Kind, Unfit, code
from review.services.answers import Given
from review.typed import clean, one_line
from review.web.fields import required
from review.web.forms import Form
from review.web.refusals import REFUSALS

F = TypeVar("F", bound=Form)
FORM_BYTES = 5 * 2**20
"""What a form may have with its files: as many as a programme may ask for, and all its words."""


def asking(form: type[F], asked: Iterable[Any], *, kept: Sequence[int] = ()) -> type[F]:
    """The form with a field for each question, after its own. `kept`: questions whose file is here already, and stays
    where none is given anew."""
    fields = {code(one.id): _field(one, is_kept=one.id in kept) for one in asked}
    return type(form.__name__, (form,), fields)


def _field(question: Any, *, is_kept: bool) -> Any:
    if question.kind is Kind.FILE:
        kinds = ",".join(f".{ending}" for ending in FILE_TYPES)
        return FileField(question.wording, validators=[_File(question, is_kept)], render_kw={"accept": kinds})
    checks: list[Any] = [_Fits(question)]
    if question.required:
        checks.insert(0, required(gettext("Please answer “%(question)s”.", question=question.wording)))
    if question.kind is Kind.CHOICE:
        none = SelectChoice("", gettext("Choose …") if question.required else gettext("No answer"))
        options = [none, *map(SelectChoice, question.choices)]
        return SelectField(question.wording, choices=options, validators=checks, validate_choice=False)
    if question.kind is Kind.LONG:
        checks.append(Length(max=LONGEST[Kind.LONG]))
        return TextAreaField(question.wording, filters=[clean], validators=checks)
    return StringField(question.wording, filters=[one_line], validators=checks, render_kw=_INPUTS[question.kind])


_INPUTS: dict[Kind, dict[str, Any]] = {
    Kind.TEXT: {"maxlength": LONGEST[Kind.TEXT]},
    Kind.NUMBER: {"inputmode": "decimal", "maxlength": LONGEST[Kind.NUMBER]},
    Kind.DATE: {"type": "date"},
    Kind.LINK: {"type": "url", "inputmode": "url", "maxlength": LONGEST[Kind.LINK]},
}


class _Fits:
    """Refuses what does not answer the question, in words."""

    def __init__(self, question: Any) -> None:
        self.question = question

    def __call__(self, _form: Form, field: Any) -> None:
        try:
            questions.fit(self.question.kind, field.data or "", self.question.choices)
        except Unfit as unfit:
            raise ValidationError(REFUSALS[unfit.code]) from unfit


class _File:
    """Refuses a file that is none of those we take, or too large."""

    def __init__(self, question: Any, is_kept: bool) -> None:
        self.question = question
        self.field_flags = {"required": True} if question.required and not is_kept else {}

    def __call__(self, _form: Form, field: Any) -> None:
        given = _given(self.question, field)
        if not given.text and self.field_flags:
            raise ValidationError(gettext("Please choose a file for “%(question)s”.", question=self.question.wording))
        try:
            text = questions.fit(Kind.FILE, given.text)
        except Unfit as unfit:
            raise ValidationError(REFUSALS[unfit.code]) from unfit
        if text and not given.content:
            raise ValidationError(REFUSALS["answer-file-empty"])
        if len(given.content) > FILE_BYTES:
            raise ValidationError(REFUSALS["answer-file-size"])


def hint(question: Any) -> str:
    """What stands beneath its label: the help, and of a file what we take."""
    said = [question.help] if question.help else []
    if question.kind is Kind.FILE:
        kinds, size = ", ".join(FILE_TYPES), FILE_BYTES // 2**20
        said.append(gettext("At most %(size)s MB, one of: %(kinds)s.", size=size, kinds=kinds))
    return " ".join(said)


def given(form: Form, asked: Iterable[Any], *, kept: Sequence[int] = ()) -> dict[int, Given]:
    """Question -> what was given for it. A file that is here already and not given anew is left out."""
    found = {one.id: _given(one, form[code(one.id)]) for one in asked}
    return {id_: one for id_, one in found.items() if one.text or id_ not in kept}


def _given(question: Any, field: Any) -> Given:
    if question.kind is not Kind.FILE:
        return Given(field.data or "")
    if not field.data or not getattr(field.data, "filename", ""):
        return Given("")
    field.data.stream.seek(0)
    return Given(field.data.filename, field.data.stream.read(FILE_BYTES + 1))
