"""What the labels say of annotators: checks, efforts with intervals, and the monitor they make."""
