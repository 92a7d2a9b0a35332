"""What effort under different pay says of the agent: cost, marginal utility, motivation."""
