"""Forward passes of images that differ from known ones in a window, for any network."""

import logging
from collections.abc import Iterable, Iterator
from typing import Protocol

from torch import Tensor, nn

from foolproof.explain.windows import Window, WindowedNetwork


class KnownImages(Protocol):
    """A network with known images."""

    def known_logits(self) -> Tensor:
        """Return the logits (N, classes) of the known images."""

    def logits(self, images: Tensor, window: Window, content: Tensor) -> Tensor:
        """Compute the logits (n, classes) of known images with another content in a window.

        Args:
            images: indices of the known images, (n,).
            window: where they change.
            content: of the window, (n, C, height, width).
        """


class WholeImages:
    """`KnownImages` by forward passes of whole images."""

    def __init__(self, network: nn.Module, pixels: Tensor) -> None:
        self._network, self._pixels = network, pixels

    def known_logits(self) -> Tensor:
        """See `KnownImages`."""
        logits: Tensor = self._network(self._pixels)
        return logits

    def logits(self, images: Tensor, window: Window, content: Tensor) -> Tensor:
        """See `KnownImages`."""
        changed = self._pixels[images]
        changed[..., *window] = content
        logits: Tensor = self._network(changed)
        return logits


def known_images(network: nn.Module, chunks: Iterable[Tensor]) -> Iterator[KnownImages]:
    """Prepare a network for chunks of images, which then change in windows.

    Only what a window changes is computed where torch.fx can trace the network, else whole
    images, which gives equal logits and is logged.

    Args:
        network: in eval mode. It stays as it is.
        chunks: images (N, C, H, W).
    """
    traceable = True
    for pixels in chunks:
        known: KnownImages | None = None
        if traceable:
            try:
                known = WindowedNetwork(network, pixels)
            except Exception as error:
                traceable = False
                reason = str(error).partition("\n")[0]
                logging.info(
                    "torch.fx cannot trace %s (%s), so each occluded image takes a whole forward "
                    "pass, which is slower",
                    type(network).__name__,
                    reason or type(error).__name__,
                )
        yield known or WholeImages(network, pixels)
