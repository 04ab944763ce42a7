"""What happens next in a turn: the state machine that decides, and nothing that it decides about."""
