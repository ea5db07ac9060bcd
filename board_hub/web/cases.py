"""Cases: the list with its filters and search, views kept under a name, the list as a file."""

from collections.abc import Callable
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from urllib.parse import parse_qsl
from uuid import UUID

from flask import Response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from board_hub.domain.errors import Invalid
from board_hub.law.members import MEMBERS
from board_hub.services.cases.case_reads import list_cases
from board_hub.services.desk import exports, saved_views
from board_hub.services.desk.exports import ExportedCases
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.web import words
from board_hub.web.case_query import PARTS, STATES, CaseQuery, kept, read_case_query
from board_hub.web.desk_links import LINKS
from board_hub.web.languages import gettext, in_language
from board_hub.web.live import refreshed
from board_hub.web.names import names_of
from board_hub.web.pages import Pages, done, person, reader, reading, writing

cases = Pages("cases", __name__)
PAGE_NAME = "cases"
LINES = 30


@cases.get("/cases")
def listing() -> ResponseReturnValue:
    """The cases the official may know of, those that changed last first."""
    who, cursor = person(), request.args.get("after") or None
    with reading() as uow:
        query, choices = _query(uow, request.args), _choices(uow)
        page = list_cases(uow, who.reader, query.wanted, cursor=cursor, limit=LINES)
        views = saved_views.list_views(uow, who.id, PAGE_NAME)
        names = names_of(uow)
    older = f"{url_for('cases.listing')}?{kept(query, after=page.following)}" if page.following else ""
    return refreshed(
        "cases/listing.html",
        "cases/_list.html",
        page=page,
        query=query,
        choices=choices,
        views=views,
        names=names,
        now=uow.now,
        first_page=cursor is None,
        older=older,
        first=f"{url_for('cases.listing')}?{query.query}",
        searched=len(page.lines) < LINES and page.following is not None,
        most=exports.MOST,
        section="cases",
        **LINKS,
    )


@cases.post("/cases/views")
def save_view() -> ResponseReturnValue:
    """Keep the present filter under a name."""
    with writing() as uow:
        query = _query(uow, MultiDict(parse_qsl(request.form.get("query", "")))).query
        try:
            view = saved_views.save_view(uow, person().id, PAGE_NAME, request.form.get("name", ""), query)
        except Invalid as error:
            return render_template("cases/view_refused.html", query=query, error=error.flaws[0].message), 422
        uow.commit()
    words_of = gettext("The view “%(name)s” is kept.", name=view.name)
    return _after(words_of, query)


def _after(words_of: str, query: str) -> ResponseReturnValue:
    done(words_of, "cases.listing")
    return redirect(url_for("cases.listing") + (f"?{query}" if query else ""), 303)


@cases.post("/cases/views/<uuid:view_id>/delete")
def delete_view(view_id: UUID) -> ResponseReturnValue:
    """Forget a view."""
    with writing() as uow:
        name = saved_views.delete_view(uow, person().id, view_id)
        uow.commit()
    return done(gettext("The view “%(name)s” is deleted.", name=name), "cases.listing")


@cases.post("/cases/export")
def export() -> ResponseReturnValue:
    """The filtered list as a file; that it was taken is recorded before it is sent."""
    file_format = request.form.get("format", "csv")
    if file_format not in _WRITERS:
        raise Invalid.one("field.invalid", "/format", gettext("Choose CSV or XLSX."))
    with reading() as uow:
        query = _query(uow, MultiDict(parse_qsl(request.form.get("query", ""))))
        taken = ExportedCases(uow, reader(), query.wanted)
        file = _WRITERS[file_format](taken)
    with writing() as uow:
        exports.note_export(uow, file_format, taken.count)
        uow.commit()
    name = f"cases-{uow.now:%Y-%m-%d}.{file_format}"
    answer: Response = send_file(file, mimetype=_MEDIA_TYPES[file_format], as_attachment=True, download_name=name)
    return answer


def _csv(taken: ExportedCases) -> IO[bytes]:
    file: Any = SpooledTemporaryFile(max_size=2 * 1024 * 1024)  # noqa: SIM115 (sending it closes it)
    for text in exports.write_csv(taken, _head(), _more(), taken):
        file.write(text.encode())
    file.seek(0)
    return file  # type: ignore[no-any-return]


def _xlsx(taken: ExportedCases) -> IO[bytes]:
    return exports.write_xlsx(taken, _head(), _more(), taken)


_WRITERS: dict[str, Callable[[ExportedCases], IO[bytes]]] = {"csv": _csv, "xlsx": _xlsx}
_MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def _head() -> list[str]:
    return [
        gettext("Case"),
        gettext("Title"),
        gettext("Opened by"),
        gettext("Opened (UTC)"),
        gettext("Last change (UTC)"),
        gettext("Open"),
        gettext("Procedures"),
        gettext("States"),
        gettext("Changes"),
    ]


def _more() -> str:
    return gettext("There are more cases than the %(most)s in this file; narrow the list.", most=exports.MOST)


def _query(uow: UnitOfWork, given: Any) -> CaseQuery:
    choices = {
        "procedure": frozenset(code for one in uow.hub.catalogues.values() for code in one.procedures),
        "type": frozenset(code for one in uow.hub.catalogues.values() for code in one.notice_types),
        "member": frozenset(one.code for one in MEMBERS),
        "participant": frozenset(uow.directory.participants),
    }
    return read_case_query(given, choices)


def _choices(uow: UnitOfWork) -> dict[str, list[tuple[str, Any]]]:
    """Choices of the filter, (code, words), by parameter."""
    newest = uow.hub.catalogues[max(uow.hub.catalogues)]
    by_words = partial(sorted, key=lambda one: str(one[1]))
    return {
        "state": list(zip(STATES, (gettext("Open"), gettext("Closed")), strict=True)),
        "part": list(zip(PARTS, (gettext("Addressed to me"), gettext("I sent a notice")), strict=True)),
        "procedure": by_words((code, in_language(one.title["en"])) for code, one in newest.procedures.items()),
        "type": by_words((code, in_language(one.title["en"])) for code, one in newest.notice_types.items()),
        "member": by_words((one.code, words.member_name(one.code)) for one in MEMBERS),
        "participant": by_words((code, f"{code} {name}") for code, name in names_of(uow).items()),
        "marking": list(words.MARKINGS.items()),
    }
