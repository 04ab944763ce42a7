"""What the agent makes of files of questions; scoring them is the business of whoever asks."""
