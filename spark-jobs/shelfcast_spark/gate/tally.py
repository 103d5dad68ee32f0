"""What the rows of a block amount to."""

from dataclasses import dataclass, field
from math import inf


@dataclass
class Tally:
    messages: int = 0
    rows_accepted: int = 0
    rows_refused: int = 0
    # Milliseconds since 1970; infinity and 0 while there is no message.
    produced_min: float = inf
    produced_max: float = 0
    # Lines by 'accepted' or the reason that refused them.
    outcomes: dict[str, int] = field(default_factory=dict)
    # Accepted lines that came later than is allowed.
    late: int = 0

    def __iadd__(self, other: "Tally") -> "Tally":
        self.messages += other.messages
        self.rows_accepted += other.rows_accepted
        self.rows_refused += other.rows_refused
        self.produced_min = min(self.produced_min, other.produced_min)
        self.produced_max = max(self.produced_max, other.produced_max)
        for outcome, lines in other.outcomes.items():
            self.outcomes[outcome] = self.outcomes.get(outcome, 0) + lines
        self.late += other.late
        return self
