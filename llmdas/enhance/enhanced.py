"""The enhanced detector: a fitted detector, a two-class model and the fusion of their scores."""

from __future__ import annotations

from dataclasses import dataclass

from llmdas.data.table import Matrix, Vector
from llmdas.detectors.interface import Detector
from llmdas.enhance.classifier import Classifier, train_classifier
from llmdas.enhance.fusion import DEFAULT_FUSION, DEFAULT_WEIGHT, Method, fuse
from llmdas.scaling import Scaler


@dataclass(frozen=True, slots=True, eq=False)
class EnhancedDetector:
    """A detector made better by synthetic anomalies; score direction: high = abnormal.

    Attributes:
        detector: the source detector, fitted on the scaled training normals.
        scaler: from the table's units to those of the detector.
        classifier: the two-class model.
        detector_train: float64 (n,), the detector's scores of the training normals.
        fusion: how the two scores are joined.
        weight: lambda, the classifier's weight.
    """

    detector: Detector
    scaler: Scaler
    classifier: Classifier
    detector_train: Vector
    fusion: Method
    weight: float

    def plain_score(self, X: Matrix) -> Vector:
        """Return the source detector's own score of rows in the table's units, (m, d) -> (m,).

        Raises:
            DetectorError: the detector cannot score the rows.
        """
        return self.detector.predict_score(self.scaler.transform(X))

    def predict_score(self, X: Matrix) -> Vector:
        """Return the enhanced score of rows in the table's units, float64 (m, d) -> (m,), independent of the batch.

        Raises:
            DetectorError: the detector cannot score the rows.
            DataError: the two-class model cannot.
        """
        scaled = self.scaler.transform(X)
        return fuse(
            self.detector_train,
            self.detector.predict_score(scaled),
            self.classifier.reference,
            self.classifier.score(scaled),
            method=self.fusion,
            weight=self.weight,
        )


def enhance_detector(
    detector: Detector,
    scaler: Scaler,
    normals: Matrix,
    synthetic: Matrix,
    *,
    seed: int,
    fusion: Method = DEFAULT_FUSION,
    weight: float = DEFAULT_WEIGHT,
) -> EnhancedDetector:
    """Train the two-class model and join it to a fitted detector.

    Args:
        detector: fitted on `normals`.
        scaler: made from the training rows; `normals` and `synthetic` are scaled already.
        normals: float64 (n, d), scaled, the rows the detector was fitted on.
        synthetic: float64 (k, d), scaled, what the programs made.
        seed: seed of the two-class model.

    Raises:
        DataError: the two-class model cannot be trained on these rows.
        DetectorError: the detector is not fitted.
    """
    classifier = train_classifier(normals, synthetic, seed)
    return EnhancedDetector(detector, scaler, classifier, detector.predict_score(normals), fusion, weight)
