"""What a machine is: its model, programs, simulators, legality and the operation graph."""
