# expect: DAS107
# bound by an import
from numpy import loadtxt as generate_hard_anomalies
