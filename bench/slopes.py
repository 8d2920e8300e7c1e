"""What one more of something costs, from two runs of different sizes: what a start costs is in both."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sized:
    """So many of something took so many seconds."""

    count: int
    seconds: float


def seconds_each(small: Sized, large: Sized) -> float:
    """Of each by which the large run is larger. Raises `ValueError` for two runs of one size."""
    if large.count <= small.count:
        raise ValueError(f"{large.count} is no more than {small.count}: measure two sizes")
    return (large.seconds - small.seconds) / (large.count - small.count)
