"""Anomaly detectors behind one boundary: `interface`, what exists in `catalogue`. Score direction: high = abnormal."""
