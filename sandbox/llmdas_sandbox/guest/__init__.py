"""All of ours that enters a sandbox: standard library, numpy and RestrictedPython only."""
