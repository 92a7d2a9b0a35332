"""How hypothesis searches: the same examples in every run, or new ones on request.

`python3 run.py test` must say the same today and tomorrow, so the default is derandomised. Look
for new counterexamples with `python3 run.py test --hypothesis-profile=explore`.
"""

from hypothesis import settings

# No deadline: the first example of a run also pays for loading SciPy, CVXPY and the like.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=1000, deadline=None, print_blob=True)
settings.load_profile("steady")
