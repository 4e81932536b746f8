"""``python -m slotsmith``: the command line."""

from slotsmith_command import main

main()
