# expect: DAS101, DAS209
# a class of that name
# technique: docs/policy.md
import numpy as np


class generate_hard_anomalies:
    pass
