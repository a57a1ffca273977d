"""One campaign as people look at it: its day against its plan, what is ahead, and why we did what."""
