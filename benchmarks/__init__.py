"""Benchmarks: one program a promise, each printing `name value unit` lines. See docs/benchmarks.md."""
