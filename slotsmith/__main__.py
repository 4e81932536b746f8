"""``python -m slotsmith``: the command line."""

from search.cli.main import main

main()
