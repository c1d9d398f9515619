"""A network of one's own, attacked, evaluated and explained: needs the library, torch and NumPy."""

import torch
from torch import Tensor, nn

import foolproof as fp

SHAPES = torch.zeros(3, 5, 5)
SHAPES[0], SHAPES[0, 1:4, 1:4], SHAPES[1, 2], SHAPES[1, :, 2], SHAPES[2] = 1, 0, 1, 1, torch.eye(5)


def draw(n: int) -> tuple[Tensor, Tensor, Tensor]:
    """Draw images (n, 1, 16, 16) of shapes in noise, classes (n,), masks of boxes (n, 256)."""
    x, y, boxes = 0.5 * torch.rand(n, 1, 16, 16), torch.randint(3, (n,)), torch.zeros(n, 16, 16)
    for i, (row, column) in enumerate(torch.randint(12, (n, 2))):
        x[i, 0, row : row + 5, column : column + 5] += 0.5 * SHAPES[y[i]]
        boxes[i, row : row + 5, column : column + 5] = 1
    return x, y, boxes.flatten(1)


torch.manual_seed(0)
layers = nn.Conv2d(1, 16, 5, padding=2), nn.ReLU(), nn.Conv2d(16, 16, 3, padding=1), nn.ReLU()
net = nn.Sequential(*layers, nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(16, 3))
adam = torch.optim.Adam(net.parameters(), lr=0.01)
for images, labels, _ in (draw(100) for _ in range(120)):
    adam.zero_grad()
    nn.functional.cross_entropy(net((images - 0.3) / 0.2), labels).backward()
    adam.step()

model = fp.classifier(net, mean=0.3, std=0.2, input_shape=(1, 16, 16))
x, y, boxes = draw(100)
robust = fp.robust_accuracy(model, x, y, eps=[0.05, 0.1, 0.2], steps=10)
for eps, accuracy in zip((0, *robust.eps), (robust.clean_accuracy, *robust.accuracy), strict=True):
    print(f"{f'accuracy at eps = {eps:g}':44}{100 * accuracy:3.0f} of 100")
result = fp.attacks.pgd(model, x, y, eps=1.0, norm="l2")
print(f"{'misclassified after L2 PGD, eps = 1':44}{result.success.sum():3} of 100")
for method in (fp.explain.saliency, fp.explain.integrated_gradients, fp.explain.gradcam):
    top = method(model, x, y).flatten(1).argmax(1, keepdim=True)
    print(f"{f'top pixel at shape, {method.__name__}':44}{boxes.gather(1, top).sum():3.0f} of 100")
