"""What can be done without a model deciding: documents searched, databases read."""
