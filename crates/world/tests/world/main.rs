//! Tests of the world as a whole, through its public face.

mod common;
mod recorded;
mod same_world;
mod sessions;
