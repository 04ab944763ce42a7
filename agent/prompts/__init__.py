"""What a model is told, one Markdown file for each node that speaks to one."""
