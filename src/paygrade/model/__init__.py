"""What principal and agent are: primitives, contracts and the problem they make together."""
