"""What touches the machine: settings, local Kafka, supervisor, telemetry."""
