//! The barrier from outside: what is promised, and what the store gets to see.

mod house;
mod lifecycle;
