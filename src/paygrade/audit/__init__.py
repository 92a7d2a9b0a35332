"""What a rule already in use does to the people under it, and what would do better."""
