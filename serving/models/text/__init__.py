"""Embeddings and rerankers, behind a server or in this process."""
