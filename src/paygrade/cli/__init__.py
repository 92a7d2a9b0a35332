"""The `paygrade` command: one file a job, `entry` hangs them up, `terminal` speaks to people."""
