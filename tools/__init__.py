"""What keeps the repository honest: generators and checks that `make` runs."""
