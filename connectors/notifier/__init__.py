"""The notifier: tells people and their programs of alerts, each destination in its own order, none lost."""
