"""What travels between the service and its clients."""
