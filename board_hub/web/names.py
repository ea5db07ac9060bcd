"""Names of participants, for templates: a code alone tells an official little."""

from board_hub.services.unit_of_work import UnitOfWork


def names_of(uow: UnitOfWork) -> dict[str, str]:
    """Every participant's name by its code."""
    return {code: one.name for code, one in uow.directory.participants.items()}
