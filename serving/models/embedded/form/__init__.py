"""What a question asks for, as a logical form without SQL."""
