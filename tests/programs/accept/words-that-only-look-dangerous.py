"""Opens nothing, evaluates nothing: `eval`, `exec`, `__import__("os").system("id")` and `open()` are mere words here.

See also subprocess.run, pickle.loads, np.load(allow_pickle=True), getattr(x, "__class__"), globals(), ctypes.
"""

import numpy as np

OPEN_FRACTION = 0.4  # open_fraction of columns; not open(...)
IMPORT_ORDER = ("exec", "eval", "compile")  # words, never called


def evaluate(execution, compiled):
    # eval(execution) would be refused; this multiplies
    return execution * compiled


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """while True: pass # not a loop; X_train[0] = 1 # not a write; from os import path # not an import"""
    exec_count, import_order, open_fraction = 0, len(IMPORT_ORDER), OPEN_FRACTION
    system = os_system = X_train.std(axis=0)
    global_mean, class_of, type_of = X_train.mean(axis=0), "__class__", "type: array"
    getattr_like = {"getattr": 1.0, "__builtins__": 2.0, "object": 3.0}
    vars_, dir_, type_name, input_rows = 1.0, 2.0, "O", X_train
    message = f"object dtype {type_of} {class_of!r} {type_name}"
    base = input_rows[rng.integers(0, len(input_rows), n_samples)]
    opened = rng.random(base.shape) < open_fraction
    exec_count += int(opened.sum())
    shifted = global_mean + evaluate(base - global_mean, 1.0 + getattr_like["object"] * opened)
    return shifted + 0.001 * (exec_count + import_order) * system / (vars_ + dir_) + 0.0 * os_system * len(message)
