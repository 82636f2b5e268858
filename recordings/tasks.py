"""What the workers do: each takes ids, reads the clock once and calls one rule function."""

from django.utils import timezone

from recordings import assets, assignments, gold, resumable, reviews, samples, sandbox, telling

# --- samples and reviews ---


def measure_sample(sample_id: int) -> None:
    """Measure one sample."""
    samples.measure_sample(sample_id, now=timezone.now())


def requeue_stuck_samples() -> int:
    """Queue again what a killed worker left behind."""
    return samples.requeue_stuck_samples(now=timezone.now())


def sweep_uploads() -> int:
    """End the uploads whose time is over."""
    return resumable.sweep_uploads(now=timezone.now())


def sweep_measuring_folders() -> int:
    """Remove the folders in which a killed worker was measuring."""
    return sandbox.sweep_folders(now=timezone.now())


def settle_votes() -> int:
    """Let the votes count whose undo time is over."""
    return reviews.settle_votes(now=timezone.now())


def tell_outcomes() -> int:
    """Tell people what became of their samples."""
    return telling.tell_outcomes(now=timezone.now())


def repair_assignments() -> int:
    """Give the places of reviewers who went, and those nobody was found for, to others."""
    return assignments.repair_assignments(now=timezone.now())


def retire_withdrawn_gold() -> int:
    """Retire the gold samples of people who withdrew."""
    return gold.retire_withdrawn_gold(now=timezone.now())


# --- sessions ---


def measure_asset(asset_id: int) -> None:
    """Measure one audio file of a session."""
    assets.measure_asset(asset_id, now=timezone.now())


def requeue_stuck_assets() -> int:
    """Queue again the audio files that a killed worker left behind."""
    return assets.requeue_stuck_assets(now=timezone.now())
