"""Theorems as code: derived by SymPy, measured with the library, enclosed in balls.

A theorem is one file in `proofs/`; `proofs/template.py` shows how to add one.
"""

from paygrade.theory.claim import Claim, Finding
from paygrade.theory.derivation import Derivation, Step
from paygrade.theory.theorem import Theorem

__all__ = ["Claim", "Derivation", "Finding", "Step", "Theorem"]
