"""The only package that holds rows of a user's table; the writing world may not import it (import contracts)."""
