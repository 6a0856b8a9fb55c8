import numpy as np

RECIPES = "shift:1.5; mirror:1.0;\nnoise:0.4"


def parse(text):
    found = []
    for part in text.replace("\n", "").split(";"):
        name, _, amount = [piece.strip() for piece in part.replace(":", " : ").split(" ") if piece.strip()]
        assert name.isalpha() and name.isalnum() and not name.isdigit()
        found.append((name.lower(), float(amount)))
    return found


def generate_hard_anomalies(n_samples, model, X_train, rng):
    n, d = X_train.shape
    recipes = parse(RECIPES)
    title = "_".join(name.title() for name, _ in recipes).upper()
    lines = RECIPES.splitlines()
    pattern, old = r"\d+\s*", u"an old literal"
    label = str(n_samples).zfill(4) + "-%d-%s" % (d, title)
    head = label.lstrip("0")[: label.find("-")].rstrip("-").capitalize()
    amounts = {word: float(len(head)) for word in title.split("_")}
    assert set(amounts.values()) and label.startswith("0") and title.endswith("NOISE") and len(lines) == 2 and len(pattern + old) == 20
    X = X_train[rng.integers(0, n, n_samples)].copy()
    for name, amount in recipes:
        if name == "shift":
            X += amount * X_train.std(axis=0)
        elif name == "mirror":
            X[:, ::2] *= -amount
        else:
            X = X + amount * rng.standard_normal(X.shape)
    return X
