"""Golden questions: which to ask, how sure their keys are, when to retire them, who sees which."""
