"""Builds procedures, clocks, fixed dates and competence tests; checks that all they name exists."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from board_hub.domain.clocks import (
    ClockHolder,
    ClockKind,
    ClockRule,
    ClockStart,
    Extension,
    Holder,
    Moment,
    NoticeMatch,
)
from board_hub.domain.conditions import Applies, Condition
from board_hub.domain.periods import Period, Unit
from board_hub.domain.procedures import START, By, Procedure, State, Transition, Trigger
from board_hub.law.catalogue import CompetenceTest, FixedDate, NoticeType, Vocabulary
from board_hub.law.yaml_lines import Document, Place

DEFAULT_WARNINGS = (14, 3, 1)
_TRUTH = frozenset({True, False})
_MATCHES = ("met_by", "ended_by", "suspended_by", "resumed_by")


def build_procedures(
    document: Document, notice_types: Mapping[str, NoticeType], vocabularies: Mapping[str, Vocabulary]
) -> dict[str, Any]:
    """The parts of the catalogue that are not notices, by their names there. Raises CatalogueError."""
    return _Builder(document, notice_types, vocabularies).parts()


class _Builder:
    def __init__(
        self, document: Document, notice_types: Mapping[str, NoticeType], vocabularies: Mapping[str, Vocabulary]
    ) -> None:
        self.document, self.notice_types, self.vocabularies = document, notice_types, vocabularies
        self.raw: dict[str, Any] = document.content
        self.clock_codes = frozenset(self.raw.get("clocks", ()))

    def parts(self) -> dict[str, Any]:
        procedures = {code: self._procedure(code, raw) for code, raw in self.raw.get("procedures", {}).items()}
        self._check_procedures_of_notices(procedures)
        effects = self._effects()
        clocks = {code: self._clock(code, raw, procedures, effects) for code, raw in self.raw.get("clocks", {}).items()}
        return {
            "procedures": procedures,
            "clocks": clocks,
            "effects": effects,
            "fixed_dates": tuple(self._fixed_date(index, raw) for index, raw in self._listed("fixed_dates")),
            "competence_tests": self._competence_tests(),
        }

    def _listed(self, key: str) -> Iterable[tuple[int, Any]]:
        return enumerate(self.raw.get(key, ()))

    def _check_procedures_of_notices(self, procedures: Mapping[str, Procedure]) -> None:
        for code, one in self.notice_types.items():
            if one.procedure is not None and procedures and one.procedure not in procedures:
                raise self.document.error(
                    ("notice_types", code, "procedure"), f"{one.procedure!r} is no procedure of the catalogue"
                )

    def _effects(self) -> Vocabulary | None:
        name = self.raw.get("clock_effects")
        if name is None:
            if self.clock_codes:
                raise self.document.error(("clocks",), "need `clock_effects`: the vocabulary of what their end means")
            return None
        if name not in self.vocabularies:
            raise self.document.error(("clock_effects",), f"{name!r} does not exist")
        return self.vocabularies[name]

    # procedures

    def _procedure(self, code: str, raw: Mapping[str, Any]) -> Procedure:
        place = ("procedures", code)
        if START not in raw["states"]:
            raise self.document.error((*place, "states"), f"has no state {START!r}: what opens the procedure?")
        anywhere = self._transitions(raw.get("anywhere", ()), (*place, "anywhere"), raw["states"])
        states = {name: self._state(name, one, anywhere, place=place) for name, one in raw["states"].items()}
        self._check_reachable(states, place)
        return Procedure(code, raw["title"], raw["cite"], states, raw.get("request", False))

    def _state(self, name: str, raw: Mapping[str, Any], anywhere: tuple[Transition, ...], *, place: Place) -> State:
        place = (*place, "states", name)
        final = raw.get("final", False)
        own = self._transitions(raw.get("on", ()), (*place, "on"), self.raw["procedures"][place[1]]["states"])
        if final and any(one.to not in (None, name) for one in own):
            raise self.document.error(place, "is final but has a way out")
        if name == START:
            anywhere = ()
        elif final:
            anywhere = tuple(one for one in anywhere if one.to is None)
        transitions = own + anywhere
        if not final and not any(one.to not in (None, name) for one in transitions):
            raise self.document.error(place, "has no way out and is not final")
        return State(name, raw["title"], final, transitions)

    def _transitions(
        self, raw: Sequence[Mapping[str, Any]], place: Place, states: Mapping[str, Any]
    ) -> tuple[Transition, ...]:
        return tuple(self._transition(one, (*place, index), states) for index, one in enumerate(raw))

    def _transition(self, raw: Mapping[str, Any], place: Place, states: Mapping[str, Any]) -> Transition:
        to = raw.get("to")
        if to is not None and to not in states:
            raise self.document.error((*place, "to"), f"{to!r} is no state of this procedure")
        if "notice" in raw:
            notice = self._notice(raw["notice"], (*place, "notice"))
            if notice.procedure != place[1]:
                raise self.document.error((*place, "notice"), f"{notice.code} belongs to {notice.procedure}")
            return Transition(
                Trigger.NOTICE,
                frozenset({notice.code}),
                to,
                self._applies(raw, notice, place),
                By(raw["by"]) if "by" in raw else None,
                self._known_clocks(raw.get("within", ()), (*place, "within")),
            )
        if "withdrawn" in raw:
            codes = [self._notice(code, (*place, "withdrawn")).code for code in raw["withdrawn"]]
            return Transition(Trigger.WITHDRAWN, frozenset(codes), to)
        trigger = Trigger.EXPIRED if "expired" in raw else Trigger.MET
        return Transition(trigger, self._known_clocks(raw[trigger], (*place, trigger)), to)

    def _known_clocks(self, codes: Sequence[str], place: Place) -> frozenset[str]:
        for index, code in enumerate(codes):
            if code not in self.clock_codes or self.raw["clocks"][code].get("procedure") != place[1]:
                raise self.document.error((*place, index), f"{code!r} is no clock of this procedure")
        return frozenset(codes)

    def _check_reachable(self, states: Mapping[str, State], place: Place) -> None:
        reached, waiting = {START}, [START]
        while waiting:
            for one in states[waiting.pop()].transitions:
                if one.to is not None and one.to not in reached:
                    reached.add(one.to)
                    waiting.append(one.to)
        for name in states:
            if name not in reached:
                raise self.document.error((*place, "states", name), "is never reached")

    # clocks

    def _clock(
        self, code: str, raw: Mapping[str, Any], procedures: Mapping[str, Procedure], effects: Vocabulary | None
    ) -> ClockRule:
        place = ("clocks", code)
        procedure = self._procedure_of(raw, procedures, place)
        kind = ClockKind(raw["kind"])
        if (kind is ClockKind.DUTY or procedure is None) == ("period" in raw):
            message = "a duty (without undue delay) and a day of each year have no period; every other clock has one"
            raise self.document.error(place, message)
        if effects and raw["effect"] not in effects.values:
            raise self.document.error((*place, "effect"), f"{raw['effect']!r} is not in {effects.name}")
        matches = {name: self._matches(raw.get(name, ()), (*place, name)) for name in _MATCHES}
        return ClockRule(
            code=code,
            act=raw.get("act", "AIA"),
            article=raw["article"],
            title=raw["title"],
            kind=kind,
            period=_period(raw["period"]) if "period" in raw else None,
            procedure=raw.get("procedure"),
            starts=tuple(self._start(one, (*place, "starts", i), procedure) for i, one in enumerate(raw["starts"])),
            holder=_holder(raw["holder"]),
            effect=raw["effect"],
            escalate=raw.get("escalate", False),
            ended_in=frozenset(self._states(raw.get("ended_in", ()), (*place, "ended_in"), procedure)),
            restart=raw.get("restart", False),
            extension=self._extension(raw.get("extension"), (*place, "extension")),
            warn=tuple(raw.get("warn", DEFAULT_WARNINGS)),
            repeats=raw.get("repeats", False),
            rows=tuple(raw["rows"]),
            note=raw.get("note"),
            **matches,
        )

    def _procedure_of(
        self, raw: Mapping[str, Any], procedures: Mapping[str, Procedure], place: Place
    ) -> Procedure | None:
        code = raw.get("procedure")
        yearly = all("yearly" in one for one in raw["starts"])
        if (code is None) != yearly:
            raise self.document.error(place, "a clock runs in a procedure, or starts on a day of each year")
        if code is not None and code not in procedures:
            raise self.document.error((*place, "procedure"), f"{code!r} does not exist")
        return procedures[code] if code is not None else None

    def _start(self, raw: Mapping[str, Any], place: Place, procedure: Procedure | None) -> ClockStart:
        if "yearly" in raw:
            month, day = (int(part) for part in raw["yearly"].split("-"))
            return ClockStart(Moment.YEARLY, month_day=(month, day))
        if "state" in raw:
            self._states([raw["state"]], place, procedure)
            return ClockStart(Moment.ENTERED, state=raw["state"])
        notice = self._notice(raw["notice"], (*place, "notice"))
        self._check_own(notice, place)
        at = Moment.FIELD if "field" in raw else Moment(raw["at"])
        field = self._field(raw.get("field"), notice, place)
        return ClockStart(at, notice=notice.code, field=field, applies=self._applies(raw, notice, place))

    def _states(self, names: Sequence[str], place: Place, procedure: Procedure | None) -> Sequence[str]:
        for name in names:
            if procedure is None or name not in procedure.states:
                raise self.document.error(place, f"{name!r} is no state of the clock's procedure")
        return names

    def _matches(self, raw: Sequence[Mapping[str, Any]], place: Place) -> tuple[NoticeMatch, ...]:
        return tuple(self._match(one, (*place, index)) for index, one in enumerate(raw))

    def _match(self, raw: Mapping[str, Any], place: Place) -> NoticeMatch:
        notice = self._notice(raw["notice"], (*place, "notice"))
        self._check_own(notice, place)
        return NoticeMatch(notice.code, self._applies(raw, notice, place), self._field(raw.get("field"), notice, place))

    def _check_own(self, notice: NoticeType, place: Place) -> None:
        """A clock is looked for in the procedure that a notice moves: notices of another would never reach it."""
        own = self.raw["clocks"][place[1]].get("procedure")
        if own is not None and notice.procedure != own:
            raise self.document.error((*place, "notice"), f"{notice.code} belongs to {notice.procedure}, not to {own}")

    def _extension(self, raw: Mapping[str, Any] | None, place: Place) -> Extension | None:
        if raw is None:
            return None
        return Extension(self._match(raw["by"], (*place, "by")), _period(raw["period"]), raw["times"])

    # the rest

    def _fixed_date(self, index: int, raw: Mapping[str, Any]) -> FixedDate:
        try:
            day = date.fromisoformat(raw["date"])
        except ValueError:
            raise self.document.error(("fixed_dates", index, "date"), "is not a day of the calendar") from None
        warn = tuple(raw.get("warn", DEFAULT_WARNINGS))
        return FixedDate(day, raw["title"], raw["cite"], frozenset(raw.get("kinds", ())), warn)

    def _competence_tests(self) -> dict[str, CompetenceTest]:
        tests = {}
        for code, raw in self.raw.get("competence_tests", {}).items():
            self._notice(raw["notice"], ("competence_tests", code, "notice"))
            alternatives = tuple(_conditions(one) for one in raw["elsewhere"])
            tests[code] = CompetenceTest(
                code, raw["article"], raw["title"], raw["field"], alternatives, raw["notice"], raw["message"]
            )
        for name, one in self.notice_types.items():
            if one.competence is not None and one.competence not in tests:
                raise self.document.error(("notice_types", name, "competence"), f"{one.competence!r} does not exist")
        return tests

    def _notice(self, code: str, place: Place) -> NoticeType:
        if code not in self.notice_types:
            raise self.document.error(place, f"{code!r} is no notice type")
        return self.notice_types[code]

    def _field(self, name: str | None, notice: NoticeType, place: Place) -> str | None:
        if name is not None and name not in notice.field_names:
            raise self.document.error(place, f"{notice.code} has no field {name!r}")
        return name

    def _applies(self, raw: Mapping[str, Any], notice: NoticeType, place: Place) -> Applies:
        applies = Applies(_conditions(raw.get("when", {})), _conditions(raw.get("unless", {})))
        fields = {one.name: one for one in notice.fields}
        for one in (*applies.when, *applies.unless):
            self._field(one.field, notice, place)
            vocabulary = fields[one.field].vocabulary
            possible = vocabulary.values if vocabulary else _TRUTH
            if not one.values <= possible:
                raise self.document.error(place, f"{one.field} never is {', '.join(map(str, one.values - possible))}")
        return applies


def _conditions(raw: Mapping[str, Any]) -> tuple[Condition, ...]:
    return tuple(
        Condition(name, frozenset(values if isinstance(values, list) else [values])) for name, values in raw.items()
    )


def _period(raw: Mapping[str, Any]) -> Period:
    return Period(raw["n"], Unit(raw["unit"]), backwards=raw.get("backwards", False))


def _holder(raw: Mapping[str, Any]) -> ClockHolder:
    return ClockHolder(Holder(raw["who"]), tuple(raw.get("kinds", ())), raw.get("members", "all"))
