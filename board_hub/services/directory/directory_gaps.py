"""Where the directory is too empty for the law: audiences that a notice of one's own would not reach as they should."""

from dataclasses import dataclass

from board_hub.domain.audience import Gap, gaps
from board_hub.domain.envelope import HUB as HUB_CODE
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.tables import Participant


@dataclass(frozen=True)
class AudienceGap:
    """A gap of an audience rule; notice_types: those of the sender's that go by the rule."""

    audience: str
    gap: Gap
    notice_types: tuple[str, ...]


def list_gaps(uow: UnitOfWork, sender: Participant) -> tuple[AudienceGap, ...]:
    """The gaps of all audiences that the participant may send to, by the newest law."""
    catalogue = uow.hub.catalogues[max(uow.hub.catalogues)]
    addressees = [one for one in uow.directory.participants.values() if one.code != HUB_CODE]
    by_rule: dict[str, list[str]] = {}
    for notice_type in catalogue.notice_types.values():
        if not sender.kinds.isdisjoint(notice_type.senders):
            by_rule.setdefault(notice_type.audience.code, []).append(notice_type.code)
    return tuple(
        AudienceGap(code, gap, tuple(sorted(notice_types)))
        for code, notice_types in sorted(by_rule.items())
        for gap in gaps(catalogue.audiences[code], sender, addressees)
    )
