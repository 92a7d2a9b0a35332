"""What labelling platforms write, read by the platform's name."""
