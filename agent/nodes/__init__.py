"""The verbs of the machine, one a file: each puts one thing into the state."""
