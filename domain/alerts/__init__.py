"""Alerts: what people have to be told of, raised once and cleared once."""
