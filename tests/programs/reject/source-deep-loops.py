# expect: DAS012
# more loops in each other than some compilers follow
# technique: https://docs.python.org/3/reference/compound_stmts.html#the-for-statement
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    for i0 in range(2):
     for i1 in range(2):
      for i2 in range(2):
       for i3 in range(2):
        for i4 in range(2):
         for i5 in range(2):
          for i6 in range(2):
           for i7 in range(2):
            for i8 in range(2):
             for i9 in range(2):
              for i10 in range(2):
               for i11 in range(2):
                for i12 in range(2):
                 for i13 in range(2):
                  for i14 in range(2):
                   for i15 in range(2):
                    for i16 in range(2):
                     for i17 in range(2):
                      for i18 in range(2):
                       for i19 in range(2):
                        for i20 in range(2):
                         pass
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
