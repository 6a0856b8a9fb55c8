"""What is kept about a run so that every decision can be shown later."""
