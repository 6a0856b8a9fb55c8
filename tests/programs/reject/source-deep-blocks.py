# expect: DAS012
# blocks nested deeper than compilers take
# technique: https://cwe.mitre.org/data/definitions/674.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    for step in range(2):
        for step in range(2):
            for step in range(2):
                for step in range(2):
                    for step in range(2):
                        for step in range(2):
                            for step in range(2):
                                for step in range(2):
                                    for step in range(2):
                                        for step in range(2):
                                            for step in range(2):
                                                for step in range(2):
                                                    for step in range(2):
                                                        for step in range(2):
                                                            for step in range(2):
                                                                for step in range(2):
                                                                    for step in range(2):
                                                                        for step in range(2):
                                                                            for step in range(2):
                                                                                X = X * 2.0
    return X + 1.0
