//! Whole sessions: two devices that secure a link, with and without trouble.

mod common;

use blesim_controller::{AirPdu, Role};
use blesim_crypto::{Naive, SharedSecret};
use blesim_kernel::Instant;
use blesim_world::{Entry, History, NoTrace, Outcome, Plan, Sim, Trace};
use common::{legacy, plan};

/// Prints what happens.
struct Print;

impl Trace for Print {
    const ON: bool = true;
    fn entry(&mut self, at: Instant, entry: &Entry<'_>) {
        println!("{at} {entry:?}");
    }
}

#[test]
fn smoke() {
    let plan = plan();
    let record = Sim::new(&plan).run(&plan, 0, 1, &mut SharedSecret::new(), &mut Print).unwrap();
    println!("{record:?}");
    assert_eq!(record.outcome, Outcome::Secured);
}
