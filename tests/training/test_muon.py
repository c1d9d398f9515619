"""Muon: its orthogonalization against the SVD and PyTorch's, its steps against PyTorch's Muon."""

import pytest
import torch
from torch import Tensor, nn
from torch.optim._muon import _zeropower_via_newtonschulz

from foolproof.compute.seeds import new_generator
from foolproof.training.muon import QUINTIC, Muon, orthogonalize

# Of the norm: bfloat16 has 8 significant bits, and each step of the iteration takes three products.
ROUNDING = 0.1

SHAPES = [(8, 40), (40, 8), (12, 12), (1, 9), (64, 216)]


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=new_generator(seed))


def distance(found: Tensor, expected: Tensor) -> float:
    """Divide the Frobenius norm of the difference by that of what is expected."""
    share: float = ((found - expected).norm() / expected.norm()).item()
    return share


def with_singular_values(values: Tensor, columns: int) -> tuple[Tensor, Tensor, Tensor]:
    """Make a matrix (n, columns) with these n singular values, and its singular vectors."""
    left, _ = torch.linalg.qr(normal(len(values), len(values)).double())
    right, _ = torch.linalg.qr(normal(columns, len(values), seed=1).double())
    return (left * values) @ right.T, left, right


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("steps", [3, 5])
def test_orthogonalize_equals_newton_schulz_of_pytorch(shape: tuple[int, int], steps: int) -> None:
    matrix = normal(*shape)
    expected = _zeropower_via_newtonschulz(matrix, QUINTIC, steps, 1e-7).float()
    assert distance(orthogonalize(matrix, steps=steps), expected) < ROUNDING


@pytest.mark.parametrize("columns", [12, 40])
@pytest.mark.parametrize("steps", [3, 5])
def test_orthogonalize_keeps_singular_vectors_and_moves_values_by_the_polynomial(
    columns: int, steps: int
) -> None:
    """On singular values, divided by their norm, the iteration acts as a x + b x³ + c x⁵."""
    values = torch.logspace(-2, 0, 12, dtype=torch.double)
    matrix, left, right = with_singular_values(values, columns)
    found = left.T @ orthogonalize(matrix.float(), steps=steps).double() @ right
    expected = values / values.norm()
    a, b, c = QUINTIC
    for _ in range(steps):
        expected = a * expected + b * expected**3 + c * expected**5
    assert distance(found, torch.diag(expected)) < ROUNDING


@pytest.mark.parametrize(("steps", "smallest"), [(3, 0.02), (5, 0.002)])
def test_singular_values_are_near_1_from_a_smallest_one_on(steps: int, smallest: float) -> None:
    """The bounds of the docstring, but for rounding."""
    values = torch.logspace(0, -4, 10_000, dtype=torch.double)
    a, b, c = QUINTIC
    moved = values
    for _ in range(steps):
        moved = a * moved + b * moved**3 + c * moved**5
    near = (moved > 0.68) & (moved < 1.21)
    assert near[values >= smallest].all()
    assert not near[values < smallest / 3].any()


@pytest.mark.parametrize("shape", SHAPES)
def test_orthogonalize_is_near_the_factor_of_the_svd(shape: tuple[int, int]) -> None:
    """That is U V^T of U S V^T; the cosine of the angle between both is close to 1."""
    matrix = normal(*shape)
    left, _, right = torch.linalg.svd(matrix, full_matrices=False)
    found, expected = orthogonalize(matrix, steps=5), left @ right
    assert torch.cosine_similarity(found.flatten(), expected.flatten(), dim=0) > 0.97
    assert torch.linalg.matrix_norm(found, ord=2) < 1.25


@pytest.mark.parametrize("factor", [1e-4, 1e4])
def test_orthogonalize_does_not_depend_on_the_scale(factor: float) -> None:
    matrix = normal(8, 40)
    expected = orthogonalize(matrix, steps=3)
    assert distance(orthogonalize(factor * matrix, steps=3), expected) < ROUNDING


def test_orthogonalize_keeps_shape_type_and_its_input() -> None:
    matrix = normal(40, 8).double()
    before = matrix.clone()
    found = orthogonalize(matrix, steps=3)
    assert (found.shape, found.dtype) == (matrix.shape, torch.double)
    assert torch.equal(matrix, before)
    assert (orthogonalize(torch.zeros(3, 4), steps=3) == 0).all()


def filters() -> nn.Parameter:
    """Four filters of 3 x 3 in three channels, of any norm."""
    return nn.Parameter(5 * normal(4, 3, 3, 3, seed=2))


def scaled(weight: Tensor) -> Tensor:
    """Scale n filters to the norm sqrt(n), as each step does first."""
    result: Tensor = weight * (len(weight) ** 0.5 / weight.norm())
    return result


@pytest.mark.parametrize("momentum", [0.0, 0.6, 0.95])
def test_steps_equal_those_of_pytorchs_muon_on_scaled_matrices(momentum: float) -> None:
    """On wide matrices it does not change the rate; its momentum differs by a factor alone."""
    ours = filters()
    theirs = nn.Parameter(ours.detach().flatten(1))
    muon = Muon([ours], lr=0.1, momentum=momentum)
    oracle = torch.optim.Muon(
        [theirs], lr=0.1, momentum=momentum, weight_decay=0, ns_coefficients=QUINTIC, ns_steps=3
    )
    for step in range(4):
        gradient = normal(4, 3, 3, 3, seed=10 + step)
        ours.grad, theirs.grad = gradient, gradient.flatten(1)
        with torch.no_grad():
            theirs.copy_(scaled(theirs))
        muon.step()
        oracle.step()
        # Of the steps so far, each of norm 0.1 sqrt(4).
        assert (ours.flatten(1) - theirs).norm() < ROUNDING * 0.2 * (step + 1)


def test_first_step_equals_pytorchs_muon_where_the_scaling_is_the_identity() -> None:
    ours = nn.Parameter(scaled(filters().detach()))
    before = ours.detach().flatten(1).clone()
    theirs = nn.Parameter(before.clone())
    ours.grad = normal(4, 3, 3, 3)
    theirs.grad = ours.grad.flatten(1)
    Muon([ours], lr=0.1, momentum=0.9).step()
    torch.optim.Muon([theirs], lr=0.1, momentum=0.9, weight_decay=0, ns_steps=3).step()
    update = theirs - before
    assert distance(ours.flatten(1) - before, update) < ROUNDING


def test_filters_have_the_norm_of_the_root_of_their_number_before_the_step() -> None:
    weight = filters()
    weight.grad = normal(4, 3, 3, 3)
    before = scaled(weight.detach())
    Muon([weight], lr=0.0, momentum=0.9).step()
    torch.testing.assert_close(weight.detach(), before)
    assert weight.norm().item() == pytest.approx(2)


def test_spectral_norm_of_a_step_is_about_the_learning_rate() -> None:
    for size in (1e-3, 1e3):
        weight = filters()
        weight.grad = size * normal(4, 3, 3, 3)
        before = scaled(weight.detach())
        Muon([weight], lr=0.2, momentum=0.9).step()
        step = (before - weight.detach()).flatten(1)
        assert 0.2 * 0.65 < torch.linalg.matrix_norm(step, ord=2) < 0.2 * 1.25


def test_steps_do_not_depend_on_the_memory_format() -> None:
    results = []
    for memory_format in (torch.contiguous_format, torch.channels_last):
        weight = nn.Parameter(filters().detach().contiguous(memory_format=memory_format))
        muon = Muon([weight], lr=0.1, momentum=0.6)
        for seed in (0, 1):
            weight.grad = normal(4, 3, 3, 3, seed=seed).contiguous(memory_format=memory_format)
            muon.step()
        assert weight.is_contiguous(memory_format=memory_format)
        results.append(weight.detach())
    torch.testing.assert_close(*results)


def test_filters_without_a_gradient_stay_as_they_are() -> None:
    trained, idle = filters(), filters()
    before = idle.detach().clone()
    trained.grad = normal(4, 3, 3, 3)
    Muon([trained, idle], lr=0.1, momentum=0.6).step()
    assert torch.equal(idle, before)
    assert not torch.equal(trained, before)
