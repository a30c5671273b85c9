"""Training: what a run will take, the run itself, and what it leaves behind.

shapes.py      the sizes of a Gemma 3, from its config.json
hardware.py    the cards that plans are made for, one file each in configs/hardware
meter.py       bytes that are taken and dropped, and the most there ever were
rehearsal/     one training step played through with a meter instead of tensors
static.py      what is in memory all through a run
plan.py        the memory plan: term by term, and whether it fits
formulas.py    how it says what it counted
disk.py        what a model's own files take, and whether they lie there
choose.py      what `auto` settings become, so that a run fits
rungs.py       what would help where it does not
"""
