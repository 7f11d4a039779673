//! What a store must promise, a store in memory, and the exam that every store takes.
