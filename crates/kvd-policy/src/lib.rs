//! From the text of policies to a decision: may this caller do this on this path.
