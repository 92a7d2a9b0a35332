"""The table of labels: any file, frame or platform's export, read, cleaned and coded."""
