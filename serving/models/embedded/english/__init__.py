"""What is known of English: words, numbers, units, dates and the phrases of operations."""
