"""What the principal does: one file per class of contract, each returning a proposal.

A proposal is a claim. `paygrade.solution` has it certified before anybody sees it.
"""
