"""Pickles of plain data are read, and other globals are refused."""

import datetime
import pickle
from typing import Any

import numpy as np
import pytest

from foolproof.assets.errors import AssetError
from foolproof.assets.restricted_pickle import load_restricted_pickle
from tests.assets.python2 import dump_like_python2

PLAIN = {"data": np.arange(12, dtype=np.uint8).reshape(3, 4), "labels": [3, 1, 2], "name": "batch"}


@pytest.mark.parametrize("dump", [dump_like_python2, lambda plain: pickle.dumps(plain, protocol=4)])
def test_load_restricted_pickle_reads_plain_data(dump: Any) -> None:
    loaded = load_restricted_pickle("a", dump(PLAIN))
    assert loaded.keys() == PLAIN.keys()
    assert (loaded["labels"], loaded["name"]) == (PLAIN["labels"], PLAIN["name"])
    assert loaded["data"].dtype == np.uint8
    np.testing.assert_array_equal(loaded["data"], PLAIN["data"])


class _Attack:
    def __reduce__(self) -> tuple[Any, ...]:
        return eval, ("pytest.fail('it ran')",)


def test_load_restricted_pickle_refuses_other_globals() -> None:
    with pytest.raises(
        AssetError, match=r"^a: not a valid pickle of plain data: it refers to builtins\.eval$"
    ):
        load_restricted_pickle("a", pickle.dumps({"data": _Attack()}))
    with pytest.raises(AssetError, match=r"it refers to datetime\.date"):
        load_restricted_pickle("a", pickle.dumps(datetime.date(2000, 1, 1)))


@pytest.mark.parametrize("length", [0, 1, 20, 60])
def test_load_restricted_pickle_refuses_truncated_pickle(length: int) -> None:
    with pytest.raises(AssetError, match=r"^a: not a valid pickle of plain data: "):
        load_restricted_pickle("a", dump_like_python2(PLAIN)[:length])
