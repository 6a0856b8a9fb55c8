"""Everything that talks to a language model; cannot import anything that holds data (import contracts)."""
