"""Users as annotators: how attentively each of them compares the answers of two models."""
