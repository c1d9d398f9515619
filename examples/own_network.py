"""A network of one's own, attacked, evaluated and explained: needs the library, torch and NumPy."""

import torch
from torch import Tensor, nn

import foolproof as fp

DIAGONAL, RING, PLUS = torch.eye(5), torch.ones(5, 5), torch.zeros(5, 5)
RING[1:4, 1:4], PLUS[2], PLUS[:, 2] = 0, 1, 1
SHAPES = torch.stack([RING, PLUS, DIAGONAL.maximum(DIAGONAL.flip(0))])


def draw(n: int) -> tuple[Tensor, Tensor, Tensor]:
    """Draw images (n, 1, 16, 16) of a shape in noise, classes (n,) and masks (n, 16, 16)."""
    y, masks = torch.randint(3, (n,)), torch.zeros(n, 16, 16)
    for mask, label, (row, column) in zip(masks, y, torch.randint(12, (n, 2)), strict=True):
        mask[row : row + 5, column : column + 5] = SHAPES[label]
    return (0.5 * masks + 0.5 * torch.rand(n, 16, 16))[:, None], y, masks.bool()


torch.manual_seed(0)
layers = nn.Conv2d(1, 8, 5, padding=2), nn.ReLU(), nn.Conv2d(8, 16, 3, padding=1), nn.ReLU()
net = nn.Sequential(*layers, nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(16, 3))
adam = torch.optim.Adam(net.parameters(), lr=0.01)
for images, labels, _ in (draw(100) for _ in range(150)):
    adam.zero_grad()
    nn.functional.cross_entropy(net((images - 0.3) / 0.2), labels).backward()
    adam.step()

model = fp.classifier(net, mean=0.3, std=0.2, input_shape=(1, 16, 16))
x, y, shape = draw(100)
robust = fp.robust_accuracy(model, x, y, eps=[0.02, 0.05, 0.1], steps=20)
for eps, accuracy in zip((0, *robust.eps), (robust.clean_accuracy, *robust.accuracy), strict=True):
    print(f"{f'accuracy at eps = {eps:g}':42}{accuracy * len(x):3.0f} of {len(x)}")
result = fp.attacks.pgd(model, x, y, eps=1.0, norm="l2")
print(f"{'misclassified after L2 PGD, eps = 1':42}{result.success.sum():3} of {len(x)}")
for method in (fp.explain.saliency, fp.explain.integrated_gradients, fp.explain.gradcam):
    top = method(model, x, y).flatten(1).argmax(1, keepdim=True)
    hits = shape.flatten(1).gather(1, top).sum()
    print(f"{f'top pixel on the shape, {method.__name__}':42}{hits:3} of {len(x)}")
