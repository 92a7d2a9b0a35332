"""An experiment with people: a survey ready to run, and what came back from it."""
