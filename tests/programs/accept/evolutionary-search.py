import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """A small evolution strategy: keep away from the normals, get a low score. Few calls, many rows per call."""
    n, d = X_train.shape
    pool = X_train[rng.permutation(n)[:400]]
    scale = X_train.std(axis=0) + 1e-9
    population = pool[rng.integers(0, len(pool), size=6 * n_samples)] + 1.5 * scale * rng.standard_normal((6 * n_samples, d))

    def novelty(P):
        d2 = (P**2).sum(axis=1)[:, None] + (pool**2).sum(axis=1) - 2 * P @ pool.T
        return np.sqrt(np.clip(d2.min(axis=1), 0, None))

    def fitness(P):
        s = model.predict_score(P)
        ranks_s = s.argsort().argsort()
        ranks_n = (-novelty(P)).argsort().argsort()
        return ranks_s + ranks_n

    sigma = 0.5
    for generation in range(5):
        f = fitness(population)
        parents = population[np.argsort(f)[: max(2, len(population) // 3)]]
        i, j = rng.integers(0, len(parents), size=(2, len(population)))
        crossover = rng.random(population.shape) < 0.5
        children = np.where(crossover, parents[i], parents[j])
        mutate = rng.random(population.shape) < 0.3
        children = children + mutate * sigma * scale * rng.standard_normal(children.shape)
        population = np.concatenate([parents, children])[: 6 * n_samples]
        sigma *= 0.8
    best = np.argsort(fitness(population))[:n_samples]
    return population[best] + 1e-3 * scale * rng.standard_normal((n_samples, d))
