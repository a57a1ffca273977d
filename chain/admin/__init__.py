"""What people do with the program and its pots: each step sent once, waited for, and read back."""
