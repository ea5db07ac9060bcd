"""Memory of each process after work, intake's growth over many messages, and how fast the web process is ready."""

import os
import time
from pathlib import Path

import requests

from board_hub.domain.envelope import MessageType, encode
from tests.benchmarks.scene import SENDER, Publisher, notices, publish, report, scalar, stage
from tests.support.exchange import Exchange
from tests.support.hub import envelope

MESSAGES = int(os.environ.get("BENCH_MESSAGES", "100000"))
CHUNK = 5000
BOUND_MB = 120


def resident_mb(pid: int) -> float:
    """Resident memory, MB (10^6 bytes)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise SystemExit(f"no process {pid}")


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def await_messages(exchange: Exchange, count: int, seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while scalar(exchange, "SELECT count(*) FROM message WHERE source = :source", source=SENDER) < count:
        if time.monotonic() > deadline:
            raise SystemExit("intake did not keep up")
        time.sleep(0.2)


def intake_over_many(exchange: Exchange) -> None:
    """Pings are the smallest accepted message, so that the number is what counts."""
    exchange.start("intake")
    exchange.await_connected("intake")
    party, sizes = exchange.parties[SENDER], []
    for first in range(0, MESSAGES, CHUNK):
        with Publisher(exchange) as publisher:
            for _ in range(CHUNK):
                body = encode(envelope(SENDER, MessageType.PING_SENT, data={}))
                publisher.publish(body, party.key.sign(body))
        await_messages(exchange, first + CHUNK)
        sizes.append(resident_mb(exchange.processes["intake"].pid))
    exchange.stop_all()
    early = sizes[len(sizes) // 5]
    report("intake_memory_after_many", sizes[-1], "MB", floor=early, messages=MESSAGES, bound=BOUND_MB)


def each_process(exchange: Exchange) -> None:
    exchange.start("intake", "relay", "web")
    await_ready(exchange)
    exchange.await_connected("relay")
    publish(exchange, notices(exchange, 1000))
    done = "SELECT count(*) FROM delivery WHERE state = 'owed'"
    time.sleep(1)
    while scalar(exchange, done):
        time.sleep(0.5)
    for name in ("intake", "relay"):
        report(f"memory_{name}", resident_mb(exchange.processes[name].pid), "MB", bound=BOUND_MB)
    web = exchange.processes["web"].pid
    report("memory_web_largest", max(resident_mb(pid) for pid in [web, *children(web)]), "MB", bound=BOUND_MB)
    exchange.stop_all()


def await_ready(exchange: Exchange, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if requests.get(f"{exchange.settings.public_url}/health/ready", timeout=2).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.02)
    raise SystemExit(exchange.log("web")[-2000:])


def web_start(exchange: Exchange) -> None:
    """Alone on the machine, as a supervisor would start it again."""
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        exchange.start("web")
        await_ready(exchange)
        seconds.append(time.perf_counter() - began)
        exchange.stop_all()
    report("web_start_to_ready", sorted(seconds)[1], "s", bound=3)


def main() -> None:
    with stage() as (exchange, _):
        web_start(exchange)
        each_process(exchange)
        intake_over_many(exchange)


if __name__ == "__main__":
    main()
