"""What the page of `paygrade explore` shows, as plain numbers and words; no browser needed."""
