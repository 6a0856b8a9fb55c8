"""Answers that a language model really gave, recorded under the digest of the exact request."""
