"""The one-file report: figures and HTML from a finished run's records."""
