"""What the labels say: annotators' answers, checks and efforts, and the monitor they make."""
