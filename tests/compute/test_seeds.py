"""Streams of random numbers: different, independent, and the same in every process."""

import os
import subprocess
import sys
from itertools import combinations
from typing import get_args

import pytest
import torch

from foolproof.compute.seeds import Purpose, new_generator, stream_seed

PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
DRAWS = 20_000

# The first 8 bytes of SHA-256 of "weights 0", shifted by one bit; sha256sum gives them too.
WEIGHTS_0 = 0xB6776A5E4AB488D8 >> 1


def test_without_a_purpose_the_seed_is_that_of_torch() -> None:
    ours, theirs = new_generator(7), torch.Generator().manual_seed(7)
    assert torch.equal(torch.rand(5, generator=ours), torch.rand(5, generator=theirs))
    assert ours.device == torch.device("cpu")


@pytest.mark.parametrize("purpose", PURPOSES)
def test_equal_seeds_and_purposes_give_equal_draws(purpose: Purpose) -> None:
    first, second = (torch.rand(5, generator=new_generator(3, purpose)) for _ in "12")
    assert torch.equal(first, second)


def test_first_draws_differ_between_purposes_and_seeds() -> None:
    """Also from those of the plain seed, which a stage without a training uses."""
    firsts = {
        torch.rand(1, generator=new_generator(seed, purpose), dtype=torch.double).item()
        for seed in range(200)
        for purpose in (None, *PURPOSES)
    }
    assert len(firsts) == 200 * (1 + len(PURPOSES))


def test_streams_are_uncorrelated() -> None:
    """|r| of independent draws is below 5 / sqrt(n) in all but a millionth of the cases."""
    streams = [
        torch.rand(DRAWS, generator=new_generator(seed, purpose))
        for seed in (0, 1)
        for purpose in (None, *PURPOSES)
    ]
    for first, second in combinations(streams, 2):
        for lag in (0, 1, 2):
            pair = torch.stack([first[lag:], second[: DRAWS - lag]])
            assert abs(torch.corrcoef(pair)[0, 1].item()) < 5 / DRAWS**0.5


def test_orders_of_different_streams_share_no_more_places_than_chance() -> None:
    """Two random permutations agree in one place on average, and rarely in ten."""
    orders = [torch.randperm(1000, generator=new_generator(0, purpose)) for purpose in PURPOSES]
    assert all(int((first == second).sum()) < 10 for first, second in combinations(orders, 2))


def test_stream_seeds_are_63_bits_and_distinct() -> None:
    seeds = [stream_seed(seed, purpose) for seed in range(1000) for purpose in PURPOSES]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert max(seeds).bit_length() == 63


def test_stream_seed_is_the_one_of_other_processes_and_versions() -> None:
    """Python's own hash differs from process to process; the weights must not."""
    assert stream_seed(0, "weights") == WEIGHTS_0
    code = "from foolproof.compute.seeds import stream_seed; print(stream_seed(0, 'weights'))"
    environment = os.environ | {
        "PYTHONHASHSEED": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    found = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert int(found.stdout) == WEIGHTS_0
