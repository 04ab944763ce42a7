"""The rules that turn a question's meanings into a logical form."""
