"""`python -m paygrade`: the `paygrade` command."""

import sys

try:
    from paygrade.cli.entry import main

    main()
except KeyboardInterrupt:  # also while the modules load, which no command can catch
    sys.exit(130)
