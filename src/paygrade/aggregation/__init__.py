"""One answer an item out of many workers' answers: majority vote and Dawid-Skene."""
