"""A model that learns: rows in, an optimizer step out. No files, no clock, no settings but its own.

row -> embeddings (words, pictures) -> decoder.step -> gradients    x rows of a step      `learn`
    -> all cards' gradients together                                                        `share`
    -> clipped -> optimizer                                                                 `update`

Nothing waits for the card before a step is over: what is counted is counted on the host, and losses stay where they
are made. Nothing but `share` waits for other cards, and it takes no memory, so that whatever fails in one of them fails
where the others can be told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..config import TrainingConfig
from ..data_processing import Row
from ..data_processing.chat import UNLEARNED
from ..models.trinity.decoder import Decoder, Example
from ..models.trinity.linear import TrinityLinear
from ..models.trinity.store import Far, Near, Store
from .finite import check
from .optimizer import optimizer_of
from .parameters import Parameters
from .ranks import Ranks
from .road import Fast, Road, Slow
from .sight import Sight

Pixels = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Step:
    """What an optimizer step was.

    Attributes:
        loss: mean over the tokens that counted, on all cards.
        norm: of all gradients together, before it was clipped.
    """

    loss: float
    norm: float


class Learner:
    """A model with adapters, and what trains them.

    Args:
        model: a Gemma 3 of `transformers` whose targets are `layers`.
        layers: the adapted layers, by name.
        decoder: over the model's text part.
        config: learning rate, optimizer, clipping, dropout, what of it sees.
        ranks: the processes that learn together.
        far: whether what layers keep waits in the host's memory, and the vision tower until it is wanted.
    """

    def __init__(
        self,
        model: nn.Module,
        layers: Mapping[str, TrinityLinear],
        decoder: Decoder,
        config: TrainingConfig,
        ranks: Ranks,
        far: bool = False,
        tower: str = "card",
    ) -> None:
        self.model, self.layers, self.config, self.ranks = model.eval(), layers, config, ranks
        self.parameters = Parameters.of(layers)
        self.optimizer = optimizer_of(self.parameters, config)
        self.device = self.parameters.values.device
        on_card = self.device.type == "cuda"
        self._sight = Sight(model, self.device, layers, tower == "host" and on_card)
        self._loss = torch.zeros((), device=self.device, dtype=torch.float64)
        self.take(decoder, far)

    def take(self, decoder: Decoder, far: bool) -> None:
        """Go on with another decoder over the same model; what is trained stays."""
        store: Store = Far(self.device, len(decoder.layers)) if far and self.device.type == "cuda" else Near()
        self._road: Road = Slow(self.model, decoder) if self.config.dropout else Fast(decoder, store)
        self._wide, self._depth = decoder.residual, len(decoder.layers)
        self._watch = torch.zeros(self._road.watched, device=self.device)
        self.forget()

    def learn(self, row: Row, pixels: Pixels | None, weight: float) -> None:
        """Add the gradients of `weight` times the row's summed loss."""
        embeddings = self._embedded(row, pixels)
        wanted = self._sight.learns and pixels is not None and len(pixels) > 0
        loss, gradient, watch = self._road.learn(embeddings, self._example(row), weight, wanted)
        if gradient is not None and pixels is not None:
            of_pictures = gradient[self._soft(row)].float().view(len(pixels), -1, gradient.shape[1])
            self._sight.learn(torch.from_numpy(pixels), of_pictures)
        self._watch += watch
        self._loss += loss

    def loss(self, row: Row, pixels: Pixels | None) -> Tensor:
        """The summed loss of a row; nothing learns from it."""
        return self._road.loss(self._embedded(row, pixels), self._example(row))

    def share(self) -> None:
        """Add up what all processes learned. Each of them has to come here."""
        for own in (self.parameters.grads, self._watch, self._loss):
            self.ranks.sum(own)

    def update(self, rate: float, learned: int) -> Step:
        """Step the parameters and clear the gradients, which are those of all processes.

        Args:
            rate: the learning rate.
            learned: tokens that counted, on all cards: what the weights of `learn` were one over.

        Raises:
            NotFiniteError: a gradient is not finite; nothing was changed.
        """
        norm = torch.linalg.vector_norm(self.parameters.grads)
        # the one moment in which the host waits for the card
        loss, found = torch.stack([self._loss, norm.double()]).tolist()
        check(found, self._watch, self._depth)
        if self.config.clip is not None and found > self.config.clip:
            self.parameters.grads.mul_(self.config.clip / found)
        self._step(rate)
        return Step(loss / max(learned, 1), found)

    def probe(self, row: Row, pixels: Pixels | None) -> None:
        """Do all that a step does with this row, so that what it takes is known, and leave everything as it was."""
        state = dict(self.optimizer.state)
        self._step(0.0)  # first, since what the optimizer remembers is there in all steps but the first
        self.learn(row, pixels, 1.0)
        self.forget()
        self.optimizer.state.clear()
        self.optimizer.state.update(state)

    def forget(self) -> None:
        """Drop what was learned since the last update."""
        self.parameters.clear()
        self._watch.zero_()
        self._loss.zero_()

    def _step(self, rate: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        self.forget()

    def _example(self, row: Row) -> Example:
        targets = np.full(len(row), UNLEARNED, np.int64)
        targets[:-1] = row.labels[1:]
        for start in row.starts[1:]:
            targets[start - 1] = UNLEARNED  # an example does not predict the next one
        return Example(
            self._near(targets),
            self._near(row.positions),
            tuple(row.starts),
            tuple(row.pictures),
            self._near(np.flatnonzero(targets >= 0)),
        )

    def _near(self, values: NDArray[Any]) -> Tensor:
        made = torch.from_numpy(values)
        return made if self.device.type == "cpu" else made.pin_memory().to(self.device, non_blocking=True)

    def _embedded(self, row: Row, pixels: Pixels | None) -> Tensor:
        """[tokens, width], wide: words as the model's own embedding gives them, and what pictures become."""
        ids = self._near(np.where(row.token_type_ids == 1, 0, row.ids).astype(np.int64))
        embedding: Any = self.model.get_input_embeddings()
        with torch.no_grad():
            # transformers lets it require a gradient where layers are made again
            found: Tensor = embedding(ids).detach().to(self._wide)
        if pixels is None or not len(pixels):
            return found
        seen = self._sight.of(torch.from_numpy(pixels))
        return found.index_put_((self._soft(row),), seen.reshape(-1, found.shape[1]).to(found.dtype))

    def _soft(self, row: Row) -> Tensor:
        """Where pictures stand."""
        return self._near(np.flatnonzero(row.token_type_ids == 1))
