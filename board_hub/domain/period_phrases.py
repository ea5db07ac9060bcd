"""The words by which legal periods are told, in each language that the hub speaks; terms of Regulation 1182/71."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Phrases:
    """Pieces of one line; `%s` is a length, a calendar or years. units: one and many of each unit of time."""

    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    day: str
    """How weekday, number and name of the month are put together."""
    units: Mapping[str, tuple[str, str]]
    and_: str
    backwards: str
    month_end: str
    stood_still: str
    not_working: str
    one_working_day: str
    no_working_day: str
    fixed: str
    hour_not_counted: str
    article: str
    of_regulation: str
    unconfirmed: str

    def counted(self, n: int, unit: str) -> str:
        """`2 working days`."""
        one, many = self.units[unit]
        return f"{n} {one if n == 1 else many}"


ENGLISH = Phrases(
    weekdays=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    day="{weekday} {number} {month}",
    units={
        unit: (unit.replace("_", " "), f"{unit.replace('_', ' ')}s")
        for unit in ("hour", "day", "calendar_day", "working_day", "week", "month", "year")
    },
    and_="and",
    backwards=", counted backwards, no roll-over",
    month_end="the last day of the month",
    stood_still=", the clock stood still for %s",
    not_working=", not a working day",
    one_working_day=", with only one working day",
    no_working_day=", with no working day",
    fixed=", a fixed date, to its last hour, no roll-over",
    hour_not_counted=", the hour of the event not counted",
    article="Art",
    of_regulation=" of Regulation 1182/71",
    unconfirmed="; calendar %s, not confirmed for %s",
)
FRENCH = Phrases(
    weekdays=("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."),
    months=("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."),
    day="{weekday} {number} {month}",
    units={
        "hour": ("heure", "heures"),
        "day": ("jour", "jours"),
        "calendar_day": ("jour calendaire", "jours calendaires"),
        "working_day": ("jour ouvrable", "jours ouvrables"),
        "week": ("semaine", "semaines"),
        "month": ("mois", "mois"),
        "year": ("an", "ans"),
    },
    and_="et",
    backwards=", compté à rebours, sans report",
    month_end="le dernier jour du mois",
    stood_still=", le délai a été suspendu pendant %s",
    not_working=", jour non ouvrable",
    one_working_day=", avec un seul jour ouvrable",
    no_working_day=", sans jour ouvrable",
    fixed=", date fixe, jusqu’à sa dernière heure, sans report",
    hour_not_counted=", l’heure de l’événement n’étant pas comptée",
    article="art.",
    of_regulation=" du règlement nº 1182/71",
    unconfirmed=" ; calendrier %s, non confirmé pour %s",
)
GERMAN = Phrases(
    weekdays=("Mo.", "Di.", "Mi.", "Do.", "Fr.", "Sa.", "So."),
    months=("Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."),
    day="{weekday}, {number}. {month}",
    units={
        "hour": ("Stunde", "Stunden"),
        "day": ("Tag", "Tage"),
        "calendar_day": ("Kalendertag", "Kalendertage"),
        "working_day": ("Arbeitstag", "Arbeitstage"),
        "week": ("Woche", "Wochen"),
        "month": ("Monat", "Monate"),
        "year": ("Jahr", "Jahre"),
    },
    and_="und",
    backwards=", rückwärts gerechnet, ohne Verschiebung",
    month_end="der letzte Tag des Monats",
    stood_still=", die Frist ruhte für %s",
    not_working=", kein Arbeitstag",
    one_working_day=", mit nur einem Arbeitstag",
    no_working_day=", ohne Arbeitstag",
    fixed=", ein fester Tag, bis zu seiner letzten Stunde, ohne Verschiebung",
    hour_not_counted=", die Stunde des Ereignisses nicht mitgerechnet",
    article="Art.",
    of_regulation=" der Verordnung Nr. 1182/71",
    unconfirmed="; Kalender %s, nicht bestätigt für %s",
)
SPOKEN: Mapping[str, Phrases] = {"en": ENGLISH, "fr": FRENCH, "de": GERMAN}
