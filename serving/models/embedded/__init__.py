"""The models that need no server: rule-based, modest, and named so in every answer."""
