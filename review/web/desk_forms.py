"""Forms of the desk: what staff may type, and the sentence beside each field when they may not."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, Optional, ValidationError

from review.scoring import POINTS, WEIGHTS
from review.typed import clean, is_number, one_line
from review.web.fields import CheckedList, required
from review.web.forms import Form, email_field, languages
from review.web.keys import ACTIONS


class AddressForm(Form):
    """Where a letter that came back is to go now."""

    email = email_field(_("The applicant's e-mail address"))


class NoteForm(Form):
    """A note among colleagues."""

    body = TextAreaField(
        _("Note for colleagues"),
        filters=[clean],
        validators=[
            required(_("A note needs at least a word.")),
            Length(max=5000, message=_("A note has at most 5,000 characters.")),
        ],
    )


class TagForm(Form):
    """A word to put on an application, or to take off it."""

    word = StringField(_("Tag"), filters=[one_line])


class ColleagueForm(Form):
    """Somebody of the staff; nothing chosen is nobody."""

    person = StringField(_("Colleague"))

    @property
    def number(self) -> int | None:
        return int(self.person.data) if is_number(self.person.data) else None


class ViewForm(Form):
    """The name a search of the list is kept under."""

    name = StringField(_("Name of the view"), filters=[one_line])
    shared = BooleanField(_("For all colleagues"))


class CriterionForm(Form):
    """One thing applications are judged by; a text for each number of points says what earns it."""

    class Meta(Form.Meta):
        csrf = False  # several stand on one page: the page's own token is checked

    name = StringField(_("What to look for"), filters=[one_line], validators=[required(_("Give it a name."))])
    weight = SelectField(_("Weight"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.weight.choices = [(str(weight), str(weight)) for weight in WEIGHTS]

    def guidance(self) -> list[str]:
        """What earns how many points, worst first."""
        return [self[f"guidance_{points}"].data or "" for points in POINTS]


for _points in POINTS:
    _label = _("What earns %(points)s", points=_points)
    setattr(CriterionForm, f"guidance_{_points}", StringField(_label, filters=[one_line], validators=[Length(max=500)]))


class ReasonForm(Form):
    """What a reason is called, and what letters say for it."""

    label_ = StringField(_("What the desk calls it"), filters=[one_line])
    sentence = TextAreaField(_("What the letter says"), filters=[clean])
    language = SelectField(_("Language"), validators=[Optional()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.language.choices = [("", ""), *languages()]


class KeysForm(Form):
    """The desk's keys as one person wants them: a field for every action."""

    off = BooleanField(_("No keys, please: I use the buttons"))

    def keys(self) -> dict[str, str]:
        """Action -> key."""
        return {action: (self[action].data or "").strip().lower() for action in ACTIONS}


for _action, (_label, _key) in ACTIONS.items():
    setattr(KeysForm, _action, StringField(_label, validators=[Length(max=1)]))


class DecisionForm(Form):
    """A decision: reasons, and the letter as it will be sent."""

    version = HiddenField()
    form_key = HiddenField()
    reasons = CheckedList(_("Reasons"))
    asked = CheckedList(_("Fields the applicant may change"))
    duplicate_of = SelectField(_("It repeats"), validate_choice=False)
    past_places = BooleanField(_("Approve it although all places are taken"))
    subject = StringField(_("Subject"), filters=[one_line], validators=[Length(max=255)])
    text = TextAreaField(_("Letter"), filters=[clean], validators=[Length(max=20000)])

    def validate_version(self, field: Any) -> None:
        if not is_number(field.data):
            raise ValidationError(_("Please open the application again."))

    def validate_form_key(self, field: Any) -> None:
        if not re.fullmatch(r"[\w-]{16,64}", field.data or ""):
            raise ValidationError(_("Please open the application again."))


class BulkForm(Form):
    """A decision for many: reasons, and a paragraph that stands in every letter."""

    reasons = CheckedList(_("Reasons"))
    asked = CheckedList(_("Fields the applicants may change"))
    note = TextAreaField(
        _("One more paragraph for every letter (optional)"),
        filters=[clean],
        validators=[Length(max=5000, message=_("The paragraph has at most 5,000 characters."))],
    )
    past_places = BooleanField(_("Approve all of them although there are fewer places"))
