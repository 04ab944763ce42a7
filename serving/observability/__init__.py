"""What is counted, logged, traced and audited."""
