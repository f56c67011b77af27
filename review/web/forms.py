"""Forms: what may be typed, and the sentence beside each field when it may not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from babel import Locale
from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    FileField,
    HiddenField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Email, Length, Optional, ValidationError

from review.errors import Refused
from review.podcast.categories import CATEGORIES
from review.podcast.languages import LANGUAGES
from review.rules import ASKABLE
from review.typed import LONGEST, MAX_LINKS, MAX_URL, clean, is_number, one_line
from review.web.fields import Links, no_address, required, web_address
from review.web.refusals import REFUSALS


class _Unforged(FlaskForm.Meta.csrf_class):
    """The check that a form was sent from a page of ours, in words for people."""

    def validate_csrf_token(self, form: Any, field: Any) -> None:
        try:
            super().validate_csrf_token(form, field)
        except ValidationError as error:
            raise ValidationError(REFUSALS["page-too-old"]) from error


class Form(FlaskForm):
    """What every form here is."""

    class Meta(FlaskForm.Meta):
        csrf_class = _Unforged

    @property
    def has_files(self) -> bool:
        """Whether a file can be given, so that it must be sent in parts."""
        return any(isinstance(field, FileField) for field in self)


class Action(Form):
    """A form that is only a button."""

    @classmethod
    def check(cls) -> None:
        """Raise Refused unless the button was pressed on a page of ours."""
        if not cls().validate_on_submit():
            raise Refused("page-too-old")


def topics() -> list[str]:
    """Apple's categories, main ones first and each followed by its own."""
    return [name for main, subs in CATEGORIES.items() for name in (main, *(f"{main} > {sub}" for sub in subs))]


def languages() -> list[tuple[str, str]]:
    """Languages by the names the reader knows them by."""
    names: Any = (get_locale() or Locale("en")).languages
    return sorted(((code, names.get(code, code)) for code in LANGUAGES), key=lambda pair: pair[1])


def email_field(label: Any) -> Any:
    """An address that letters are to reach."""
    return StringField(
        label,
        filters=[one_line],
        validators=[
            required(_("We need an address to write to.")),
            Email(message=_("That does not look like an e-mail address. Is there a typing error?")),
            Length(max=LONGEST["email"]),
        ],
    )


class ApplyForm(Form):
    """An application."""

    name = StringField(
        _("Your name"),
        filters=[one_line],
        validators=[required(_("Tell us your name.")), Length(max=LONGEST["name"]), no_address],
    )
    email = email_field(_("Your e-mail address"))
    show_title = StringField(
        _("Title of the show"),
        filters=[one_line],
        validators=[required(_("Give the show a title.")), Length(max=LONGEST["show_title"]), no_address],
    )
    pitch = TextAreaField(
        _("Why should we host it?"),
        filters=[clean],
        validators=[
            required(_("Tell us about the show.")),
            Length(min=20, message=_("Write at least a sentence or two.")),
            Length(max=LONGEST["pitch"], message=_("That is more than 5,000 characters. Please shorten it.")),
        ],
    )
    topics = SelectMultipleField(_("Topics"), validators=[required(_("Choose at least one topic."))])
    language = SelectField(_("Language of the show"))
    links = Links(_("Links"), filters=[clean], validators=[Optional(), Length(max=MAX_LINKS * MAX_URL)])
    schedule = StringField(
        _("How often will it appear?"),
        filters=[one_line],
        validators=[required(_("A rough idea is enough.")), Length(max=LONGEST["schedule"])],
    )
    has_show = BooleanField(_("I have a show already"))
    feed_url = StringField(_("Address of its feed"), filters=[one_line], validators=[Length(max=MAX_URL), web_address])
    consent_rules = BooleanField(
        _("I have read the rules and agree to them"), validators=[required(_("Without it we cannot take you in."))]
    )
    consent_data = BooleanField(
        _("You may keep what I wrote here to decide on my application"),
        validators=[required(_("Without it we cannot read your application."))],
    )
    rules_version = HiddenField()
    form_version = HiddenField()
    form_key = HiddenField()
    website = StringField(_("Leave this empty"), filters=[one_line])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.topics.choices = [(name, name) for name in topics()]
        self.language.choices = languages()

    def validate_topics(self, field: Any) -> None:
        if len(field.data) > 3:  # Apple: the first category counts, further ones are ignored past a few
            raise ValidationError(_("Choose at most three topics."))

    def validate_feed_url(self, field: Any) -> None:
        if self.has_show.data and not field.data:
            raise ValidationError(_("Where is the feed of your show?"))

    def validate_rules_version(self, field: Any) -> None:
        if not is_number(field.data):
            raise ValidationError(_("Please load the page again."))

    validate_form_version = validate_rules_version


class AnswerForm(Form):
    """An applicant's answer, with the fields that were asked for; the others are taken out before it is shown."""

    show_title = ApplyForm.show_title
    pitch = ApplyForm.pitch
    links = ApplyForm.links
    schedule = ApplyForm.schedule
    feed_url = ApplyForm.feed_url
    body = TextAreaField(_("Your answer"), filters=[clean], validators=[Length(max=5000)])

    def keep(self, fields: Sequence[str]) -> None:
        """Leave only the fields asked for."""
        for name in ASKABLE:
            if name not in fields:
                delattr(self, name)

    def changes(self, fields: Sequence[str]) -> dict[str, object]:
        """Field name -> new value."""
        kept = [name for name in fields if name in ASKABLE]
        return {name: list(self[name].lines()) if name == "links" else self[name].data for name in kept}


class WithdrawForm(Form):
    """Why an application is withdrawn, if the applicant cares to say."""

    why = StringField(_("Would you tell us why? (optional)"), filters=[one_line], validators=[Length(max=500)])


class EmailForm(Form):
    """Where to send a new link."""

    email = ApplyForm.email


class SignInForm(Form):
    """Staff sign-in."""

    email = StringField(_("E-mail address"), filters=[one_line], validators=[required(_("Enter your address."))])
    password = PasswordField(_("Password"), validators=[required(_("Enter your password.")), Length(max=1000)])
