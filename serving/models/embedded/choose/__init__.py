"""The statements that a question may mean, weighed against each other."""
