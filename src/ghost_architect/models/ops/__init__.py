"""What a decoder layer is made of: each operation forwards and backwards, in plain torch.

These are the definitions. On a CUDA tensor, and where Triton is installed, `kernels` does the same in one
pass over memory; `fast` says which is taken.
"""
