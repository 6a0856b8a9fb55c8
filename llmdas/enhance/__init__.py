"""From accepted programs and real rows to an enhanced detector, and the figures that say whether it is better."""
