"""Sharing: a case with a participant that was not addressed (what is added from then on), or one notice."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select
from sqlmodel import col

from board_hub.domain.envelope import MessageType, participant_urn
from board_hub.domain.errors import Forbidden, Invalid, NotFound
from board_hub.domain.events import Event, EventName
from board_hub.domain.markings import Marking, may_pass_on
from board_hub.services.access import reader_of
from board_hub.services.cases.case_reads import find_case_id
from board_hub.services.cases.notice_reads import NoticeView, get_notice
from board_hub.services.exchange.receipts import send_delivered
from board_hub.services.unit_of_work import News, Seen, UnitOfWork
from board_hub.store.case_tables import Case, CaseShare
from board_hub.store.tables import Delivery, Participant


def share_case(uow: UnitOfWork, actor: Participant, reference: str, with_: str) -> CaseShare:
    """Let a participant receive what is added to a case from now on; shared already, it stays as it is.

    Raises NotFound; Forbidden for all but the originator of the case; Invalid for whom it cannot be shared with.
    """
    case = get_own_case(uow, actor, reference)
    check_target(uow, actor, with_)
    share = uow.session.get(CaseShare, (case.id, with_))
    if share is not None:
        return share
    share = CaseShare(case_id=case.id, participant=with_, shared_by=actor.code, since=uow.now)
    uow.session.add(share)
    _note_share(uow, case, with_, {"by": actor.code, "since": uow.now.isoformat()})
    uow.tell([with_], MessageType.CASE_CHANGED, News(_news(uow, case.reference, f"shared by {actor.code}")))
    return share


def get_own_case(uow: UnitOfWork, actor: Participant, reference: str) -> Case:
    """A case that the participant opened, and so may share. Raises NotFound, Forbidden."""
    case = uow.session.get_one(Case, find_case_id(uow, reader_of([actor]), reference))
    if case.originator != actor.code:
        raise Forbidden(f"Only {case.originator}, which opened the case, decides with whom it is shared.")
    return case


def check_target(uow: UnitOfWork, actor: Participant, with_: str) -> None:
    """Raises Invalid for whom nothing can be shared with."""
    target = uow.directory.participants.get(with_)
    if target is None or not target.active or "HUB" in target.kinds:
        raise Invalid.one("audience.invalid", "/participant", "There is no such participant; see the directory.")
    if target.code == actor.code:
        raise Invalid.one("audience.invalid", "/participant", "This is yourself; name another participant.")


def _note_share(uow: UnitOfWork, case: Case, with_: str, detail: dict[str, object]) -> None:
    seen = [Seen("share", with_, case.id, participant=code) for code in (with_, case.originator)]
    uow.record(Event(EventName.CASE_SHARED, case.reference, {}, {"with": with_, **detail}), seen)


def _news(uow: UnitOfWork, reference: str, cause: str) -> dict[str, object]:
    return {"case": reference, "cause": cause, "at": uow.now.isoformat()}


def list_shares(uow: UnitOfWork, actor: Participant, reference: str) -> Sequence[CaseShare]:
    """With whom a case is shared. Raises NotFound; Forbidden for all but its originator."""
    case = get_own_case(uow, actor, reference)
    statement = select(CaseShare).where(col(CaseShare.case_id) == case.id).order_by(col(CaseShare.participant))
    return uow.session.execute(statement).scalars().all()


def end_share(uow: UnitOfWork, actor: Participant, reference: str, with_: str) -> None:
    """Share nothing further of a case; what was received stays received. Raises NotFound, Forbidden."""
    case = get_own_case(uow, actor, reference)
    ended = uow.session.execute(
        delete(CaseShare)
        .where(col(CaseShare.case_id) == case.id, col(CaseShare.participant) == with_)
        .returning(col(CaseShare.participant))
    ).all()
    if not ended:
        raise NotFound("The case is not shared with this participant.")
    _note_share(uow, case, with_, {"by": actor.code, "until": uow.now.isoformat()})


def share_notice(uow: UnitOfWork, actor: Participant, key: tuple[str, str], with_: str) -> UUID:
    """Owe a notice (source, id) to one more participant; returns its row id. Addressed already, nothing changes.

    Raises NotFound; Forbidden where its marking keeps it with its originator (Art 78(3)); Invalid for the target.
    """
    notice = get_shareable_notice(uow, actor, key)
    check_target(uow, actor, with_)
    row_id: UUID = notice.row.id
    if with_ == notice.row.sender or _is_recipient(uow, row_id, with_):
        return row_id
    at_once = uow.owe(row_id, [uow.directory.participants[with_]])
    seen = [Seen("notice", str(row_id), notice.row.case_id, row_id, participant=with_)]
    uow.record(Event(EventName.NOTICE_SHARED, str(row_id), {}, {"by": actor.code, "with": with_}), seen)
    if at_once:
        message = {"message_id": key[1], "source": key[0], "sha256": notice.message.sha256, "id": row_id}
        send_delivered(uow, message, [(code, uow.now) for code in at_once])
    content = _news(uow, notice.reference, f"notice shared by {actor.code}")
    content["notice"] = {"source": participant_urn(key[0]), "id": key[1]}
    content["notice_type"] = notice.row.notice_type
    uow.tell([with_], MessageType.CASE_CHANGED, News(content))
    return row_id


def get_shareable_notice(uow: UnitOfWork, actor: Participant, key: tuple[str, str]) -> NoticeView:
    """A notice that the participant may pass on. Raises NotFound, Forbidden."""
    notice = get_notice(uow, reader_of([actor]), *key)
    if not may_pass_on(Marking(notice.row.marking), is_originator=notice.row.sender == actor.code):
        raise Forbidden(f"The notice is marked {notice.row.marking}; ask {notice.row.sender} to share it.")
    return notice


def _is_recipient(uow: UnitOfWork, notice_id: UUID, participant: str) -> bool:
    statement = select(col(Delivery.recipient)).where(
        col(Delivery.message_id) == notice_id, col(Delivery.recipient) == participant
    )
    return uow.session.execute(statement).first() is not None
