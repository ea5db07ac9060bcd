"""Benchmarks: `make bench` prints one JSON object a line. Floor and hub run in turn on the same servers."""
