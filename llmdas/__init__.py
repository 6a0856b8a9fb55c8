"""llmdas: an LLM writes programs that make the anomalies a detector misses; they are judged, boxed in, and used."""

__version__ = "0.1.0"
