"""What makes a sound known again, and which samples turned out to be alike."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from recordings.models.sample import Sample


class SampleFingerprint(models.Model):
    """
    The fingerprint of a sample that reached review: words of 16 bits, little-endian (`audio/fingerprint.py`).

    A refused sample has none, so that it is no precedent. Rule: R-6.
    """

    sample = models.OneToOneField(
        Sample, on_delete=models.CASCADE, related_name="fingerprint", verbose_name=_("sample")
    )
    words = models.BinaryField(_("words"))

    class Meta:
        verbose_name = _("fingerprint")
        verbose_name_plural = _("fingerprints")

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.sample_id}"


class FingerprintKey(models.Model):
    """A number of a fingerprint by which it is looked up, and at which of its words it stands."""

    fingerprint = models.ForeignKey(
        SampleFingerprint, on_delete=models.CASCADE, related_name="keys", verbose_name=_("fingerprint")
    )
    value = models.PositiveIntegerField(_("value"))
    position = models.PositiveSmallIntegerField(_("position (words)"))

    class Meta:
        verbose_name = _("fingerprint key")
        verbose_name_plural = _("fingerprint keys")
        # All that the search reads stands in the index.
        indexes = [models.Index(fields=["value", "fingerprint", "position"], name="key_by_value")]

    def __str__(self) -> str:
        return f"{self.value} at {self.position}"


class SampleMatch(models.Model):
    """
    An earlier sample that sounds the same: for managers and lead reviewers, never for reviewers. Rules: R-6, R-8.

    `error_rate` is the share of differing bits (0 equal, about 0.5 strangers) over `seconds`.
    """

    sample = models.ForeignKey(
        Sample, on_delete=models.CASCADE, related_name="matches", verbose_name=_("sample")
    )
    earlier = models.ForeignKey(
        Sample, on_delete=models.CASCADE, related_name="later_matches", verbose_name=_("earlier sample")
    )
    error_rate = models.FloatField(_("differing bits (share)"))
    seconds = models.FloatField(_("compared (s)"))

    class Meta:
        verbose_name = _("same sound")
        verbose_name_plural = _("same sounds")
        constraints = [
            models.UniqueConstraint(fields=["sample", "earlier"], name="one_match_per_two_samples"),
            models.CheckConstraint(condition=~Q(sample=F("earlier")), name="a_sample_does_not_match_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.sample_id} like {self.earlier_id}"

    @property
    def alike_percent(self) -> int:
        """Return how much of the compared sound is the same, as people count it: half the bits agree by chance."""
        return max(0, round((1 - 2 * self.error_rate) * 100))
