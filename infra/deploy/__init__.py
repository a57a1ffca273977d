"""What Headgate runs in elsewhere: the image, and what watches the roles there."""
