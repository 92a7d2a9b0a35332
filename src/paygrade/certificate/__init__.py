"""Proof, from the contract alone, that an effort is the agent's best response.

Nothing here imports the designer: wages, primitives and the law of the monitor are evaluated anew
in ball arithmetic (Arb), where every number carries a bound on its own error.
"""
