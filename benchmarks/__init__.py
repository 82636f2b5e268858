"""What `make bench` runs; docs/benchmarks.md holds the results."""
