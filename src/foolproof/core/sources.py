"""The sources that an asset may come from."""

from typing import Literal

Source = Literal["mirror", "official", "embedded"]
