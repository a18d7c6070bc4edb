//! Tests of the world as a whole, through its public face.

mod closed_forms;
mod common;
mod people;
mod recorded;
mod same_world;
mod sessions;
