"""What people see: the settings they write, the study they get, as text, plot and JSON."""
