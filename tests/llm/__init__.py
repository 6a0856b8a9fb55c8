"""Tests of the part that talks to a language model."""
