"""Benchmarks: every figure of `benchmarks/README.md` has a command here that measures it."""
