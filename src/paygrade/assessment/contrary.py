"""Answers against the key: agreement that lies below what a coin would reach.

Whoever doesn't look agrees in half of the checks, so no lack of effort explains a count K of n that
is improbably low for Binomial(n, 1/2). Exchanged answers do, or an instruction that was misread.
"""

from typing import TYPE_CHECKING

import numpy as np

from paygrade.assessment.intervals import shortfall_probability
from paygrade.assessment.multiplicity import benjamini_hochberg, holm

if TYPE_CHECKING:
    import pandas as pd

COIN = 0.5  # agreement without any effort


def against_a_coin(table: "pd.DataFrame", control: str) -> "pd.DataFrame":
    """Return how improbable each worker's agreements are for a coin.

    Arguments:
        table: one row a worker, with columns checked and agreed.
        control: "holm" or "bh", the error that is held down over all workers who were checked.

    Returns:
        In the same order: p_coin, P(K' <= K) for K' ~ Bin(n, 1/2), and p_coin_adjusted; both 1 for
        who was never checked.

    >>> import pandas as pd
    >>> counts = pd.DataFrame({"checked": [108, 108, 0], "agreed": [35, 48, 0]})
    >>> against_a_coin(counts, "holm").round(4)
       p_coin  p_coin_adjusted
    0  0.0002           0.0003
    1  0.1449           0.1449
    2  1.0000           1.0000
    """
    import pandas as pd

    checked, agreed = (table[name].to_numpy(float) for name in ("checked", "agreed"))
    chance = np.where(checked > 0, shortfall_probability(agreed, checked, COIN), 1.0)
    adjust = {"holm": holm, "bh": benjamini_hochberg}[control]
    adjusted = adjust(chance, checked > 0)
    return pd.DataFrame({"p_coin": chance, "p_coin_adjusted": adjusted}, index=table.index)
