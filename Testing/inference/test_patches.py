import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from quantseg.inference.patches import pad_for_network

_SIZES = st.tuples(*[st.integers(1, 40)] * 3)


@given(shape=_SIZES, tiles=_SIZES, multiple=st.sampled_from([1, 4, 8]))
def test_removing_a_padding_gives_the_image_back(shape, tiles, multiple):
    minimum = tuple(multiple * -(-tile // multiple) for tile in tiles)
    image = np.random.default_rng(0).normal(size=shape)

    padded, padding = pad_for_network(image, minimum, multiple)

    assert all(size % multiple == 0 for size in padded.shape)
    assert all(size >= least for size, least in zip(padded.shape, minimum, strict=True))
    assert padded.min() == image.min()
    assert np.array_equal(padding.remove(padded), image)
    assert np.array_equal(padding.remove(np.stack([padded, padded])), np.stack([image, image]))
