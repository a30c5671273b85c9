"""The parts of `answer`: SQL in model text, and the grammar of an answer."""
