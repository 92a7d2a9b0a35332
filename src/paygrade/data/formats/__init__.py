"""The data sets that `read_pairs` knows, one file a shape of table."""
