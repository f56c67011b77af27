"""Why something was refused: a sentence for every code of errors.Refused."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

REFUSALS = {
    "rules-changed": _(
        "The rules have changed since you opened this page. Please read them again, then send the form."
    ),
    "form-sent-already": _(
        "This form was sent already, with other words. Send it once more if it is to be a second application."
    ),
    "empty-answer": _("Write an answer, or change one of the fields."),
    "not-asked": _("That field cannot be changed, because nobody asked for it."),
    "form-reused": _("This form was used for another application already. Open the application again."),
    "unknown-reason": _("One of the reasons does not exist."),
    "letter-without-subject": _("The letter needs a subject."),
    "empty-letter": _("The letter is empty. Write at least a line."),
    "unknown-field": _("One of the fields cannot be asked for."),
    "no-original": _("Choose the application that this one repeats."),
    "original-is-duplicate": _("That application is a duplicate itself. Choose the one it repeats."),
    "note-length": _("A note has between 1 and 5,000 characters."),
    "staff-address": _("That is the address of a colleague. An applicant needs one of their own."),
    "claimed": _("A colleague is reading this application and was first. Take it over, if you like, then decide."),
    "no-places-left": _("All places are taken. Edit the letter, and tick that it is to be approved all the same."),
    "snooze-days": _("Choose how long it is to be put off."),
    "reason-label": _("A reason needs a name of at most 80 characters."),
    "reason-sentence": _("Write what the letter is to say, in at most 2,000 characters."),
    "too-many-reasons": _("A decision offers at most 20 reasons. Retire one first."),
    "score-first": _("This is judged blind. Give your points first; then you see whose it is and can decide."),
    "score-incomplete": _("Give points for every criterion."),
    "score-points": _("Points go from 1 to 5."),
    "score-decided": _("It is decided already; points are given before."),
    "criterion-name": _("A criterion needs a name of at most 80 characters."),
    "criterion-weight": _("A weight goes from 1 to 5."),
    "too-many-criteria": _("A rubric has at most 12 criteria. Retire one first."),
    "blind-without-rubric": _("There is nothing to judge by yet. Add a criterion first."),
    "tag-length": _("A tag has between 1 and 40 characters, and no comma."),
    "too-many-tags": _("An application has at most 20 tags."),
    "no-such-colleague": _("Choose a colleague who works at the desk."),
    "colleague-in-conflict": _("That colleague has declared a conflict with this application."),
    "own-opinion": _("A second opinion is somebody else's. Leave a note with your own."),
    "view-name": _("A view needs a name of at most 60 characters."),
    "too-many-views": _("You have 30 views. Let go of one first."),
    "keys": _("Each action needs a key of its own: one sign, no space."),
    "no-file": _("Choose a file."),
    "workbook": _("That is a workbook. Save the sheet as CSV, and give us that."),
    "no-headings": _("The file is empty. Its first line has to say what the columns hold."),
    "no-rows": _("The file has headings, but no row beneath them."),
    "too-many-rows": _("That are more than 5,000 rows. Divide it into several files."),
    "too-many-columns": _("That are more than 200 columns."),
    "unreadable": _("The file cannot be read as a table: a cell is larger than any text we take."),
    "import-columns": _("There is no such column in this table."),
    "import-begun": _("This table is being taken in, or was."),
    "no-feed": _("This application gives no feed to read."),
    "password-short": _("A password has at least 10 characters."),
    "page-too-old": _("This page was open too long, or your browser sent no cookie. Please try again."),
}
