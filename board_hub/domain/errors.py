"""The five errors of the hub, and the refusal: what an edge tells a sender about input it cannot take."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Flaw:
    """One thing wrong with an input.

    code: stable, dotted, for machines (`field.missing`); path: JSON pointer into the input, "" for the whole;
    message: what is wrong, where, and how to mend it.
    """

    code: str
    path: str
    message: str

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


class HubError(Exception):
    """Base of the five; each edge maps it once (problem+json, HTML page, rejected receipt, exit code)."""


class NotFound(HubError):
    """It does not exist, or the actor may not know that it does."""


class Forbidden(HubError):
    """The actor may see it but not do this."""


class Invalid(HubError):
    """The input cannot be taken; `flaws` say why."""

    def __init__(self, flaws: Iterable[Flaw]) -> None:
        self.flaws = tuple(flaws)
        super().__init__("; ".join(f"{flaw.code} at {flaw.path or '/'}: {flaw.message}" for flaw in self.flaws))

    @classmethod
    def one(cls, code: str, path: str, message: str) -> "Invalid":
        return cls([Flaw(code, path, message)])


class Conflict(HubError):
    """The state of things does not allow it now."""


class Unavailable(HubError):
    """The hub itself cannot do it at the moment; trying again later is right."""
