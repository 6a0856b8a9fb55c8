"""What the language model is asked: templates rendered from contract and policy, never from data (import contracts)."""
