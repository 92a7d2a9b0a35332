"""How many checks a purpose takes, what a rule in use does, and what checking costs and saves."""
