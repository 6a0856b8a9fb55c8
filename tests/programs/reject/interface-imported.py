# expect: DAS107
# bound by an import
# technique: https://docs.python.org/3/reference/simple_stmts.html#the-import-statement
from numpy import loadtxt as generate_hard_anomalies
