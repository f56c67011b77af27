"""Bringing a table of applications in: it is kept, looked at, and taken in row by row."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from review.errors import Forbidden, Refused
from review.intake import REQUIRED
from review.reads import intake as kept_tables
from review.reads import programmes
from review.rules import may_export
from review.services import intake
from review.typed import is_number
from review.web import mapping
from review.web.access import ID, staff
from review.web.desk import Page, desk
from review.web.fields import put_beside
from review.web.forms import Action
from review.web.limits import takes
from review.web.mapping import MappingForm, UploadForm, asking
from review.web.refusals import REFUSALS

MAX_BYTES = 5 * 2**20


def _check_role() -> None:
    if not may_export(current_user.role):
        raise Forbidden


@desk.route("/import", methods=["GET", "POST"])
@staff
@takes(MAX_BYTES)
def import_table() -> Page:
    """Give a table, or go on with one that was given."""
    _check_role()
    entry = UploadForm(programmes.programmes())
    if request.method == "GET":
        return _upload_page(entry)
    if not entry.validate():
        return _upload_page(entry, 400 if entry.csrf_token.errors else 422)
    try:
        return redirect(url_for("desk.imported_table", import_id=_keep(entry)), 303)
    except Refused as refusal:
        put_beside(entry.file, REFUSALS[refusal.code])
        return _upload_page(entry, 422)


def _keep(entry: UploadForm) -> int:
    file = entry.file.data
    if not file or not file.filename:
        raise Refused("no-file", field="file")
    programme_id = int(entry.programme.data)
    return intake.keep(file.read(), file.filename, programme_id=programme_id, by=current_user, now=datetime.now(UTC))


def _upload_page(entry: UploadForm, status: int = 200) -> Page:
    return render_template("desk/import.html", form=entry, tables=kept_tables.imports()), status


@desk.get(f"/import/<{ID}:import_id>")
@staff
def imported_table(import_id: int) -> Page:
    """First which column holds what, and what that would make of the rows; later what became of them."""
    _check_role()
    kept = kept_tables.table(import_id)
    if kept.stage != "kept":
        return render_template("desk/imported.html", **_progress(import_id))
    said = {field: str(at) for field, at in kept.columns.items()}
    data = said | {"dates": kept.dates, "default_language": kept.language}
    return _mapping_page(import_id, asking(kept_tables.asked(kept.programme_id))(kept.headings, data=data))


def _mapping_page(import_id: int, entry: MappingForm, status: int = 200) -> Page:
    kept = kept_tables.table(import_id)
    page = render_template(
        "desk/mapping.html",
        table=kept,
        form=entry,
        needed=REQUIRED,
        preview=kept_tables.preview(kept, now=datetime.now(UTC)),
        asked=kept_tables.asked(kept.programme_id),
        programme=programmes.programme(kept.programme_id) if kept.programme_id else programmes.first(),
        mapping=mapping,
    )
    return page, status


def _progress(import_id: int) -> dict[str, Any]:
    page = request.args.get("page", "")
    kept = kept_tables.table(import_id)
    progress = kept_tables.progress(kept, page=int(page) if is_number(page) else 1)
    return {"table": kept, "progress": progress, "mapping": mapping}


@desk.post(f"/import/<{ID}:import_id>/columns")
@staff
def arrange_table(import_id: int) -> Page:
    """Say which column holds what, and see what that would make of the rows."""
    _check_role()
    kept = kept_tables.table(import_id)
    entry = asking(kept_tables.asked(kept.programme_id))(kept.headings)
    if not entry.validate():
        return _mapping_page(import_id, entry, 400 if entry.csrf_token.errors else 422)
    intake.arrange(
        import_id, entry.columns(), dates=entry.dates.data, language=entry.default_language.data, by=current_user
    )
    return redirect(url_for("desk.imported_table", import_id=import_id, _anchor="rows"), 303)


@desk.post(f"/import/<{ID}:import_id>/start")
@staff
def take_table_in(import_id: int) -> Page:
    """Have the rows taken in."""
    Action.check()
    intake.start(import_id, by=current_user, now=datetime.now(UTC))
    return redirect(url_for("desk.imported_table", import_id=import_id), 303)


@desk.post(f"/import/<{ID}:import_id>/let-go")
@staff
def let_table_go(import_id: int) -> Page:
    """Let go of a table; the applications it became stay."""
    Action.check()
    intake.let_go(import_id, by=current_user, now=datetime.now(UTC))
    flash(_("The table is gone. What was brought in from it stays."), "info")
    return redirect(url_for("desk.import_table"), 303)


@desk.get(f"/import/<{ID}:import_id>/progress")
@staff
def import_progress(import_id: int) -> Page:
    """How far it has come: the part of the page that changes by itself."""
    _check_role()
    return render_template("desk/_imported.html", **_progress(import_id))
