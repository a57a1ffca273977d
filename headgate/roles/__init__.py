"""What the long-running commands do, apart from their command lines."""
