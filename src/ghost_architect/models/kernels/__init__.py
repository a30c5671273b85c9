"""Triton kernels. Each has its definition, in plain torch and with the same name, in `ops`.

No kernel needs more than sm_75 (a T4) has: 64 KiB of shared memory, no bfloat16 where it is not asked for. The one
exception is `attention`, which has matrix products: Triton uses no tensor cores before sm_80, where it is not taken.
"""
