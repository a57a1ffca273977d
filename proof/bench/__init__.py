"""The benchmarks: Headgate and its peers on the same broker, the same input and the same step."""
