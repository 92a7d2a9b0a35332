"""What the agent does: expected utility of a contract and the best response to it."""
