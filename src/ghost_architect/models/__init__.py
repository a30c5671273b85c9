"""Gemma 3: its layers as they are trained here (Trinity: QLoRA, rsLoRA and DoRA), and the operations under them.

ops/       what a layer is made of, in plain torch: the definition of each operation
kernels/   the same operations in Triton, for CUDA cards from sm_75 on
trinity/   adapted linear layers, the decoder layer, attention and the loss
"""
