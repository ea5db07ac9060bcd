"""Notices per second through intake and relay, against the floor on the same broker and database."""

import statistics
import time

from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.benchmarks import floor
from tests.benchmarks.scene import SENDER, administrator_url, notices, publish, purge_recipients, report, scalar, stage
from tests.support.exchange import Exchange

COUNT = 3000
ROUNDS = 5


def run_floor(exchange: Exchange, signed: list[tuple[bytes, str]]) -> float:
    """Notices per second of the hand-written loop."""
    url = administrator_url(exchange.node, "/")
    floor.declare(url)
    floor.fill(url, signed)
    key = load_pem_private_key(exchange.parties[SENDER].key.to_pem(), None).public_key()
    database = exchange.settings.database_url.replace("+psycopg", "")
    seconds = floor.Floor(url, database, key, len(signed)).run()  # type: ignore[arg-type]
    floor.purge(url)
    return len(signed) / seconds


def run_hub(exchange: Exchange, signed: list[tuple[bytes, str]]) -> float:
    """Notices per second from the first on record to the last in its 26th mailbox, receipts and evidence included."""
    publish(exchange, signed)
    began = scalar(exchange, "SELECT now()")
    exchange.start("intake", "relay")
    ours = "m.source <> 'EU-HUB' AND m.received_at >= :began"
    wanted = len(signed) * 26
    deadline = time.monotonic() + 120
    count = f"SELECT count(*) FROM delivery d JOIN message m ON m.id = d.message_id WHERE d.state <> 'owed' AND {ours}"
    while scalar(exchange, count, began=began) < wanted:
        if time.monotonic() > deadline:
            raise SystemExit(f"the hub did not finish: {exchange.log('relay')[-2000:]}")
        time.sleep(0.5)
    exchange.stop_all()
    seconds = scalar(
        exchange,
        "SELECT extract(epoch FROM max(d.delivered_at) - min(m.received_at)) FROM delivery d"
        f" JOIN message m ON m.id = d.message_id WHERE {ours}",
        began=began,
    )
    purge_recipients(exchange)
    return len(signed) / float(seconds)


def main() -> None:
    with stage() as (exchange, _):
        floors, hubs = [], []
        for _ in range(ROUNDS):
            floors.append(run_floor(exchange, notices(exchange, COUNT)))
            hubs.append(run_hub(exchange, notices(exchange, COUNT)))
        report("floor_throughput", statistics.median(floors), "notices/s", rounds=[round(rate) for rate in floors])
        report("hub_throughput", statistics.median(hubs), "notices/s", rounds=[round(rate) for rate in hubs])
        ratios = [hub / rate for hub, rate in zip(hubs, floors, strict=True)]
        rounds = [round(ratio, 3) for ratio in ratios]
        report("throughput_of_floor", statistics.median(ratios), "ratio", bound=0.5, rounds=rounds)


if __name__ == "__main__":
    main()
