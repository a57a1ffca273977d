"""The demo: a simulated day of spend, workers killed while it streams in, and the proof at the end."""
