//! Audit records, the hiding of what they must not show, and the devices they go to.
