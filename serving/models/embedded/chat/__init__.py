"""The chat model without a language model: it chooses tools and quotes evidence."""
