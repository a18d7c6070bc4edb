//! Tests of the world as a whole, through its public face.

mod air;
mod application;
mod attack;
mod closed_forms;
mod collisions;
mod common;
mod crowd;
mod driven;
mod faults;
mod idle;
mod keeping;
mod links;
mod people;
mod policies;
mod recorded;
mod same_world;
mod script;
mod sessions;
mod signal;
mod wiring;
