"""Whether accepting a notice costs more when much is stored: 10,000 messages against 1,000,000."""

import statistics
import time
from dataclasses import replace

from sqlalchemy import text

from board_hub.domain.deliveries import Transport
from board_hub.domain.events import HUB
from board_hub.services.exchange.intake import receive_batch
from board_hub.services.operation.bootstrap import prepare
from board_hub.services.unit_of_work import Hub
from tests.benchmarks.scene import PARTICIPANTS, SENDER, notices, report, stage
from tests.support.exchange import Exchange
from tests.support.hub import join

SMALL, LARGE = 10_000, 1_000_000
BATCH, ROUNDS = 50, 30

FILL = """
INSERT INTO message (id, source, message_id, type, notice_type, time, received_at, sha256, body, signature)
SELECT gen_random_uuid(), '{sender}', 'fill-' || n, 'eu.aiboard.notice.issued.v1', 'art79-5',
       now() - interval '40 days' + n * interval '1 second', now() - interval '40 days' + n * interval '1 second',
       md5(n::text) || md5(n::text), convert_to(repeat(md5(n::text), 32), 'UTF8'), repeat('s', 200)
FROM generate_series({first}, {last}) AS n;
INSERT INTO delivery (message_id, recipient, via, state, attempts, delivered_at, collected_at)
SELECT id, 'EU-AIO', 'amqp', 'collected', 1, now(), now() FROM message WHERE message_id LIKE 'fill-%'
ON CONFLICT DO NOTHING;
INSERT INTO evidence_leaf (position, subject, entry, hash)
SELECT n - 1, 'fill-' || n, repeat('e', 300), sha256(n::text::bytea) FROM generate_series({first}, {last}) AS n;
UPDATE evidence_tree SET size = {last}, frontier = (
    SELECT jsonb_agg(repeat('ab', 32)) FROM generate_series(1, length(replace(({last})::bit(24)::text, '0', ''))));
"""


def fill(hub: Hub, count: int) -> None:
    """Store `count` messages with a delivery and a leaf each, as if accepted long ago."""
    with hub.engine.begin() as connection:
        connection.execute(text("DELETE FROM evidence_leaf"))
        connection.execute(text(FILL.format(sender=SENDER, first=1, last=count)))
    with hub.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def accept(hub: Hub, exchange: Exchange) -> float:
    """Seconds to accept one batch of notices with 26 recipients each, on record."""
    party = exchange.parties[SENDER]
    arrivals = [party.arrival(body, signature, Transport.AMQP) for body, signature in notices(exchange, BATCH)]
    began = time.perf_counter()
    with hub.work(HUB) as uow:
        outcomes = receive_batch(uow, arrivals)
        uow.commit()
    seconds = time.perf_counter() - began
    if not all(outcome.accepted for outcome in outcomes):
        raise SystemExit(f"refused: {outcomes[0].flaws}")
    return seconds


def main() -> None:
    with stage() as (exchange, server):
        hubs = []
        for name, count in (("small", SMALL), ("large", LARGE)):
            server.create_database(name)
            hub = prepare(replace(exchange.settings, database_url=server.url(name)))
            for code, kinds in PARTICIPANTS.items():
                join(hub, code, kinds=kinds, transport=Transport.AMQP, key=exchange.parties[code].key)
            fill(hub, count)
            hubs.append(hub)
        pairs = [(accept(hubs[0], exchange), accept(hubs[1], exchange)) for _ in range(ROUNDS)]
        small, large = (statistics.median(values) for values in zip(*pairs, strict=True))
        report("accept_with_1e6_stored", large / BATCH * 1000, "ms/notice", floor=small / BATCH * 1000, bound=1.2)
        for hub in hubs:
            hub.engine.dispose()


if __name__ == "__main__":
    main()
