//! Our host against somebody else's, case by case, each on one of our controllers.
//!
//! Invariant: a case is judged by what the same case comes to with our hosts on both sides. Where the other host
//! departs from the specification, the rule is named; what nobody has explained differs.

mod case;
mod differ;
mod peer;
mod stage;
mod watch;

pub use peer::PeerError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probe() {
        let python = std::env::var("BLESIM_BUMBLE").unwrap();
        let only = std::env::var("CASE").unwrap_or_default();
        let mut peer = peer::Peer::start(python.as_ref()).unwrap();
        for case in case::cases().iter().filter(|case| case.name.contains(&only)) {
            let ours = stage::run(case, None).unwrap();
            for side in 0..2 {
                match stage::run(case, Some((side, &mut peer))) {
                    Ok(real) => {
                        let found = differ::differences(&real, &ours);
                        println!("{} | Bumble {}: {}", case.name, ["central", "peripheral"][side], found.len());
                        for d in found {
                            println!("    {d:?}");
                        }
                    }
                    Err(error) => { println!("{} {side}: {error:?}", case.name); peer = peer::Peer::start(python.as_ref()).unwrap(); },
                }
            }
        }
    }
}
