"""Real processes, killed at random while money moves; and a naive client under the same trouble."""
