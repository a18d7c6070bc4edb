//! What a text leaves out, counted: advertising that nobody hears, and connection events in which nobody has
//! anything to say.
//!
//! Invariant: everything that is put in comes out in a count.

use blesim_packet::ll::{AccessAddress, DataPdu};

/// What has been folded since the last line.
#[derive(Default)]
pub(super) struct Idle {
    unheard: u32,
    /// Connection events of empty PDUs alone.
    events: u32,
    /// Empty PDUs outside of those.
    pdus: u32,
    /// Empty PDUs of both that did not arrive.
    lost: u32,
    /// Connection events that may go on.
    open: Vec<Open>,
}

/// A connection event of which only empty PDUs have been seen.
struct Open {
    access_address: AccessAddress,
    pdus: u32,
    more: bool,
}

impl Idle {
    /// An advertising PDU that nobody hears.
    pub(super) fn unheard(&mut self) {
        self.unheard += 1;
    }

    /// An empty PDU; the central's begin a connection event.
    pub(super) fn empty(&mut self, access_address: AccessAddress, pdu: &DataPdu, central: bool, lost: bool) {
        self.lost += u32::from(lost);
        let place = self.open.iter().position(|open| open.access_address == access_address);
        let more = pdu.header.md;
        match place.map(|place| (place, &mut self.open[place])) {
            // The event goes on only if somebody said so.
            Some((_, open)) if central && !open.more => {
                self.events += 1;
                (open.pdus, open.more) = (1, more);
            }
            Some((place, open)) => {
                open.pdus += 1;
                let ends = !central && !open.more && !more;
                open.more = more || (central && open.more);
                if ends {
                    self.events += 1;
                    self.open.swap_remove(place);
                }
            }
            None if central => self.open.push(Open { access_address, pdus: 1, more }),
            None => self.pdus += 1,
        }
    }

    /// Data is sent: the event, if it is the same, is not idle.
    pub(super) fn data(&mut self, access_address: AccessAddress, central: bool) {
        let Some(place) = self.open.iter().position(|open| open.access_address == access_address) else {
            return;
        };
        let open = self.open.swap_remove(place);
        if central && !open.more {
            self.events += 1;
        } else {
            self.pdus += open.pdus;
        }
    }

    /// What was folded, in words; `None` if that is nothing.
    pub(super) fn unfold(&mut self) -> Option<String> {
        let Self { unheard, events, pdus, lost, open } = core::mem::take(self);
        let pdus = pdus + open.iter().map(|open| open.pdus).sum::<u32>();
        let mut parts = Vec::new();
        if unheard > 0 {
            parts.push(format!("{} unheard", counted(unheard, "advertising PDU")));
        }
        if events > 0 {
            parts.push(counted(events, "empty connection event"));
        }
        if pdus > 0 {
            parts.push(counted(pdus, "empty PDU"));
        }
        if lost > 0 {
            parts.push(format!("{lost} lost"));
        }
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

/// So many of a thing.
fn counted(number: u32, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use blesim_packet::Octets;
    use blesim_packet::ll::{DataHeader, Llid};

    const LINK: AccessAddress = AccessAddress(1);
    const OTHER: AccessAddress = AccessAddress(2);

    fn empty(md: bool) -> DataPdu {
        let header = DataHeader { llid: Llid::Continuation, nesn: false, sn: false, md, cp: false };
        DataPdu { header, payload: Octets::new() }
    }

    /// An event counts as one whatever it has of empty PDUs, and one with data in it does not count.
    #[test]
    fn events_are_counted_and_nothing_is_forgotten() {
        let check = |fill: &dyn Fn(&mut Idle), expected: Option<&str>| {
            let mut idle = Idle::default();
            fill(&mut idle);
            assert_eq!(idle.unfold().as_deref(), expected);
            assert_eq!(idle.unfold(), None);
        };
        check(&|_| {}, None);
        check(&|idle| idle.unheard(), Some("1 advertising PDU unheard"));
        let event = |idle: &mut Idle, link| {
            idle.empty(link, &empty(false), true, false);
            idle.empty(link, &empty(false), false, false);
        };
        check(&|idle| (0..312).for_each(|_| event(idle, LINK)), Some("312 empty connection events"));
        let alone = |idle: &mut Idle| idle.empty(LINK, &empty(false), true, true);
        check(&alone, Some("1 empty PDU, 1 lost"));
        check(
            &|idle| (0..2).for_each(|_| alone(idle)),
            Some("1 empty connection event, 1 empty PDU, 2 lost"),
        );
        let answered_with_data = |idle: &mut Idle| {
            idle.empty(LINK, &empty(false), true, false);
            idle.data(LINK, false);
        };
        check(&answered_with_data, Some("1 empty PDU"));
        let then_data = |idle: &mut Idle| {
            idle.empty(LINK, &empty(false), true, false);
            idle.data(LINK, true);
        };
        check(&then_data, Some("1 empty connection event"));
        let acknowledgement = |idle: &mut Idle| {
            idle.data(LINK, true);
            idle.empty(LINK, &empty(false), false, false);
        };
        check(&acknowledgement, Some("1 empty PDU"));
        let interleaved = |idle: &mut Idle| {
            for link in [LINK, OTHER] {
                idle.empty(link, &empty(false), true, false);
            }
            for link in [OTHER, LINK] {
                idle.empty(link, &empty(false), false, false);
            }
        };
        check(&interleaved, Some("2 empty connection events"));
    }
}
