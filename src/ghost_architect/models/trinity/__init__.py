"""Trinity: QLoRA, rsLoRA and DoRA in one linear layer, and a Gemma 3 decoder that trains on top of it.

weight.py     a frozen matrix: NF4 or plain, made dense on demand, each row times a factor
adapter.py    what is trained beside it, and DoRA's row factor, once an optimizer step
linear.py     the adapted linear layer: one autograd function, for any model
attention.py  attention over intervals of keys: causal, sliding windows, pictures, packed examples
group.py      adapted layers with one input, computed together
layer.py      a whole Gemma 3 layer, forwards and backwards, which keeps its input and little else
half.py       powers of two that keep float16 within its range
loss.py       cross-entropy that never holds the logits
decoder.py    embedding, layers, final norm, loss
store.py      where what layers saved waits for the way back
adopt.py      adapters into a model of transformers, and the decoder over it
adapters.py   adapter folders as PEFT has them, both ways
shrink.py     adapters at a smaller rank
"""
