"""The parts of `changes` and `migration`: casts > renames > diff > target > postgres, rebuild > rehearsal."""
