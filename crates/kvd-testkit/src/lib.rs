//! Clocks, randomness, models and failing stores for the tests of kvd.
