"""The parts of `merge`: which tables and columns are one, and how two columns become one."""
