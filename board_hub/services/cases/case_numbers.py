"""Case references: numbered within the year, each given once."""

from sqlalchemy import select, update

from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.case_tables import CaseNumber
from board_hub.store.tables import table_of


class _Numbers:
    """The case numbers of a year, counted under a lock that is held until the commit: one look, one write."""

    def __init__(self, uow: UnitOfWork, year: int) -> None:
        self.uow, self.year, self.table = uow, year, table_of(CaseNumber)
        mine = self.table.c.year == year
        last = uow.session.execute(select(self.table.c.last).where(mine).with_for_update()).scalar_one_or_none()
        if last is None:
            uow.session.execute(self.table.insert().values(year=year, last=0))
        self.last = last or 0
        uow.before_commit.append(self._write)

    def next(self) -> str:
        self.last += 1
        return f"AIB-{self.year}-{self.last:06}"

    def _write(self) -> None:
        self.uow.session.execute(update(self.table).where(self.table.c.year == self.year).values(last=self.last))


def next_reference(uow: UnitOfWork) -> str:
    """`AIB-2026-000123`: counted within the year (UTC)."""
    if "numbers" not in uow.memo:
        uow.memo["numbers"] = _Numbers(uow, uow.now.year)
    numbers: _Numbers = uow.memo["numbers"]
    return numbers.next()
