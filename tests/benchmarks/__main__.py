"""`make bench`: every benchmark, one JSON object a line."""

from tests.benchmarks import dashboard, expiry, growth, latency, memory, throughput

for benchmark in (throughput, latency, memory, growth, expiry, dashboard):
    benchmark.main()
