"""One training step played through, with a meter instead of tensors.

The files follow those of `models.trinity` line by line: tensors are taken and let go of in the same order. A change
there is a change here; a test plays a small step of the real thing and compares.

The step is one of the middle of a run: gradients are there, and the optimizer has just moved the parameters, so that
DoRA's factors are made anew on the way.

setting.py     what decides how much a step takes
group.py       linear layers and their adapters
attention.py   the three ways to compute it
layer.py       a decoder layer, forwards and backwards
decoder.py     the whole step: what waits where, and the loss
"""
