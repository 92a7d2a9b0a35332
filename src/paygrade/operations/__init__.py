"""The operating loop: batches that annotators see, keys kept apart, pay, ledger, warning signs."""
