"""High-value steps at the command line: proposed by one person, for a second one to confirm."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import click

from board_hub.cli.opening import unit_of_work
from board_hub.services.operation.high_value_steps import begin_with
from board_hub.services.operation.proposals import Step, Wanted, propose
from board_hub.services.people.administrators import person_at_command_line
from board_hub.services.unit_of_work import UnitOfWork

as_option: Callable[[Any], Any] = click.option(
    "--as",
    "named",
    metavar="ADDRESS",
    help="Which administrator you are: the address by which you sign in, or your official's id.",
)
because_option: Callable[[Any], Any] = click.option("--because", required=True, help="The reason, on record.")


@dataclass(frozen=True)
class TwoPeople:
    """What was said at the command line about who wants the step, and why."""

    because: str
    named: str | None
    bootstrap: bool

    def take(self, step: Step, wanted: Callable[[UnitOfWork], Wanted]) -> bool:
        """Propose the step, or with --bootstrap carry it out; returns whether it was carried out."""
        with unit_of_work() as uow:
            says = self.take_within(uow, step, wanted(uow))
            uow.commit()
        click.echo(says)
        return self.bootstrap

    def take_within(self, uow: UnitOfWork, step: Step, wanted: Wanted) -> str:
        """The same within a unit of work that the caller commits; returns what to say."""
        if self.bootstrap:
            return begin_with(uow, step, wanted)
        made = propose(uow, step, wanted, because=self.because, who=person_at_command_line(uow, self.named))
        return f"Proposed: {step.title}, {wanted.subject}. A second person: board-hub proposal confirm {made.id}"


def two_people(function: Any) -> Any:
    """The options of a command that needs two people; it gets them as `people`."""
    return _options(function, because_option)


def two_people_with_reason(because: str) -> Callable[[Any], Any]:
    """The same, where the reason needs no saying."""
    return lambda function: _options(function, click.option("--because", default=because, show_default=True))


def two_people_unless_urgent(function: Any) -> Any:
    """The same for a command that may also take effect at once, which needs no reason; a proposal without one fails."""
    return _options(function, click.option("--because", default="", help="The reason, on record, if it is proposed."))


def _options(function: Any, reason: Callable[[Any], Any]) -> Any:
    @wraps(function)
    def _with_people(*args: Any, because: str, named: str | None, bootstrap: bool, **given: Any) -> Any:
        return function(*args, **given, people=TwoPeople(because, named, bootstrap))

    help_ = "Do it at once: only as long as nobody administers the hub through the pages."
    return reason(as_option(click.option("--bootstrap", is_flag=True, help=help_)(_with_people)))
