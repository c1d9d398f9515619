"""Images are decoded to RGB, or packed unchanged."""

import numpy as np
import pytest
from PIL import Image

from foolproof.assets.encoded_images import decode_image, pack_images
from foolproof.assets.errors import AssetError
from tests.assets.archives import encode

PIXELS = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)


def test_decode_image_returns_rgb() -> None:
    np.testing.assert_array_equal(decode_image("a.png", encode(PIXELS)), PIXELS)
    grey = decode_image("a.png", encode(PIXELS[..., 0]))
    np.testing.assert_array_equal(grey, np.repeat(PIXELS[..., :1], 3, axis=2))


def test_pack_images_keeps_contents_unchanged() -> None:
    contents = [encode(PIXELS), encode(PIXELS, "JPEG"), encode(PIXELS[:1], "GIF")]
    packed = pack_images(zip("abc", contents, strict=True))
    assert {name: array.dtype.kind for name, array in packed.items()} == {
        "bytes": "u",
        "offsets": "i",
        "names": "U",
    }
    spans = zip(packed["offsets"], packed["offsets"][1:], strict=False)
    assert [packed["bytes"][start:end].tobytes() for start, end in spans] == contents
    assert packed["names"].tolist() == ["a", "b", "c"]


def test_encoded_images_refuse_other_content() -> None:
    for use in (decode_image, lambda name, content: pack_images([(name, content)])):
        with pytest.raises(
            AssetError, match=r"^a\.jpg: not a valid image: cannot identify image file$"
        ):
            use("a.jpg", b"no image")


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_decode_image_refuses_truncated_image(kind: str) -> None:
    content = encode(np.asarray(Image.effect_noise((64, 64), 50)), kind)
    with pytest.raises(AssetError, match=r"^a: not a valid image: .*truncated"):
        decode_image("a", content[: len(content) // 2])
