"""Languages of the pages: which there are, which a reader gets, how instants, days and numbers are written.

The only module that knows flask-babel. Text in Python: `gettext("…")`, in constants `lazy("…")`; in templates `_("…")`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, cast
from zoneinfo import ZoneInfo

import flask_babel
from babel import Locale
from babel.dates import format_interval, format_skeleton, format_time, get_timezone_location
from babel.numbers import format_decimal
from flask import Flask, current_app, g, has_request_context, request
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from board_hub.law.holidays import split_names
from board_hub.law.wording import translate_text, translate_title

lazy = flask_babel.lazy_gettext

LANGUAGES: dict[str, str] = {
    "bg": "български",
    "es": "español",
    "cs": "čeština",
    "da": "dansk",
    "de": "Deutsch",
    "et": "eesti",
    "el": "ελληνικά",
    "en": "English",
    "fr": "français",
    "ga": "Gaeilge",
    "hr": "hrvatski",
    "it": "italiano",
    "lv": "latviešu",
    "lt": "lietuvių",
    "hu": "magyar",
    "mt": "Malti",
    "nl": "Nederlands",
    "pl": "polski",
    "pt": "português",
    "ro": "română",
    "sk": "slovenčina",
    "sl": "slovenščina",
    "fi": "suomi",
    "sv": "svenska",
}
"""The official languages of the Union by their own names, in the order of the Interinstitutional Style Guide."""
COMPLETE = ("en", "fr", "de")
"""Languages whose translation is whole; the others are offered as partly translated."""
SOURCE = "en"
DEFAULT_ZONE = "Europe/Brussels"
COOKIE = "lang"
GROUP = "\u202f"
"""Between thousands stands a narrow no-break space, in every language (Interinstitutional Style Guide 10.1)."""


@dataclass(frozen=True)
class Reader:
    """What a person asked for: a language (None: as the browser says) and a time zone by its IANA name."""

    language: str | None = None
    zone: str = DEFAULT_ZONE


def register(app: Flask) -> None:
    flask_babel.Babel(
        app,
        default_locale=SOURCE,
        default_translation_directories="translations",
        locale_selector=language,
        timezone_selector=zone_name,
    )
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: _translations().ugettext(text),
        lambda one, many, number: _translations().ungettext(one, many, number),
        newstyle=True,
    )
    app.jinja_env.globals["ngettext"] = _ngettext_in_templates
    for one in (
        format_instant,
        format_day,
        format_clock_time,
        format_number,
        format_month,
        format_weekday,
        format_isoformat,
    ):
        app.add_template_filter(one)
    app.add_template_filter(in_language)
    app.add_template_filter(holiday_in_language)
    app.add_template_filter(title_in_language)


def gettext(text: str, /, **values: Any) -> str:
    """The text in the reader's language, with `%(name)s` filled in."""
    found = str(_translations().ugettext(text))
    return found % values if values else found


def _translations() -> Any:
    """The texts in the language of the page; a request asks once."""
    if not has_request_context():
        return flask_babel.get_translations()
    if "translations" not in g:
        g.translations = flask_babel.get_translations()
    return g.translations


def ngettext(one: str, many: str, number: int, /, **values: Any) -> str:
    """As `gettext`, by number; `%(num)s` is the number as it is written."""
    found: str = _translations().ungettext(one, many, number)
    return found % {"num": format_number(number), **values}


@pass_context
def _ngettext_in_templates(context: Context, one: str, many: str, number: int, /, **values: Any) -> str:
    """The same in templates: the text is ours, the values are escaped."""
    found: str = _translations().ungettext(one, many, number)
    return (Markup(found) if context.eval_ctx.autoescape else found) % {"num": format_number(number), **values}  # noqa: S704


def reader() -> Reader:
    """Whoever the page is for; a request asks once."""
    if not has_request_context():
        return Reader()
    if "reader" not in g:
        g.reader = current_app.extensions.get("reader", Reader)()
    return cast(Reader, g.reader)


def language() -> str:
    """The language of the page: the person's, else the cookie's, else what the browser prefers, else English."""
    if not has_request_context():
        return SOURCE
    chosen = reader().language or request.cookies.get(COOKIE)
    if chosen in LANGUAGES:
        return str(chosen)
    return next(filter(LANGUAGES.__contains__, _preferred()), SOURCE)


def _preferred() -> Iterator[str]:
    """What the browser asks for, the best first; pt-BR is Portuguese to us."""
    return (tag.partition("-")[0].lower() for tag, quality in request.accept_languages if quality > 0)


def zone_name() -> str:
    return reader().zone


def zone_city() -> str:
    """The city that stands for the reader's time zone: Bruxelles, Brüssel."""
    return str(get_timezone_location(zone_name(), locale=_locale(), return_city=True))


def is_complete(code: str) -> bool:
    return code in COMPLETE


def in_language(text: str | None) -> str:
    """Words of the catalogue or of an error in the reader's language (domain `law`), else as they are."""
    return translate_text(text or "", language())


def holiday_in_language(name: str) -> str:
    """A public holiday's name; that of a list which the secretariat wrote stays where it is unknown."""
    return "; ".join(in_language(one) for one in split_names(name))


def title_in_language(title: str | None) -> str:
    """A notice's title: the type's, in the reader's language, where the sender gave none; else as it was written."""
    return translate_title(title or "", language())


def _locale() -> Locale:
    return _locale_of(language())


@cache
def _locale_of(code: str) -> Locale:
    """English is written as in Ireland: day before month, 24 hours."""
    return Locale.parse("en_IE" if code == SOURCE else code)


def format_day(value: date | datetime, zone: str | None = None) -> str:
    """`Sun 22 Nov 2026`. A calendar day has no zone; an instant is shown as the day it is for the reader."""
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(zone or zone_name())).date()
    return _written_day(value, language())


@lru_cache(maxsize=4_096)  # a list shows the same few days over and over, and Babel takes its time for each
def _written_day(day: date, code: str) -> str:
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    written: str = format_skeleton("yMMMEd", moment, locale=_locale_of(code), tzinfo=UTC)
    return written.replace(", ", " ", 1) if code == SOURCE else written


def format_days(first: date, last: date) -> str:
    """`23–29 Nov`."""
    return str(format_interval(first, last, "MMMd", locale=_locale()))


def format_clock_time(value: datetime, zone: str | None = None, *, seconds: bool = False) -> str:
    """`20:31 CET`, in the reader's zone unless another is named."""
    local = value.astimezone(ZoneInfo(zone or zone_name()))
    return f"{format_time(local, 'HH:mm:ss' if seconds else 'HH:mm', locale=_locale())} {local.tzname()}"


def format_instant(value: datetime, zone: str | None = None, *, seconds: bool = False) -> str:
    """`Sun 22 Nov 2026, 20:31 CET`."""
    return f"{format_day(value, zone)}, {format_clock_time(value, zone, seconds=seconds)}"


def format_number(value: float | Decimal, decimals: int | None = None) -> str:
    """`12 345`; decimals: digits after the decimal sign, as many as there are if None."""
    locale = _locale()
    pattern = None if decimals is None else "#,##0" + ("." + "0" * decimals if decimals else "")
    written: str = format_decimal(value, format=pattern, locale=locale, decimal_quantization=decimals is not None)
    return written.replace(locale.number_symbols["latn"]["group"], GROUP)


def format_month(value: date) -> str:
    """`November 2026`."""
    moment = datetime(value.year, value.month, 1, tzinfo=UTC)
    written: str = format_skeleton("yMMMM", moment, locale=_locale(), tzinfo=UTC)
    return written


def format_weekday(value: date, *, short: bool = False) -> str:
    """`Monday`, or `Mon`."""
    return str(_locale().days["stand-alone"]["abbreviated" if short else "wide"][value.weekday()])


def format_isoformat(value: date | datetime) -> str:
    """For `<time datetime>`: an instant in UTC, or a day."""
    return value.astimezone(UTC).isoformat(timespec="seconds") if isinstance(value, datetime) else value.isoformat()
