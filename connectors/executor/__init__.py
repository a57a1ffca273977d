"""Commands become effects on the platforms, each once, whatever dies in between."""
