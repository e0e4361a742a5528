"""The Analyse page: what the network generated at one place of the embedding does."""
