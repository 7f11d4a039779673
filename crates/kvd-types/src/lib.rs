//! The words every crate of kvd uses: calls, replies, faults, paths, times, secrets.
