//! The way out for a pairing: PDUs, secrets, prompts, notes, and the timer they restart.
//!
//! Invariant: every PDU that is queued restarts the timer (Vol 3 Part H 3.4).

use super::oob::{LocalOob, OobData};
use super::proof::Check;
use crate::acl::{Acl, Credits};
use crate::config::{Config, DebugKeys};
use crate::io::{Context, Note, Port, Prompt, Step};
use crate::quirk::{Malformed, Quirk, Timer};
use arrayvec::ArrayVec;
use blesim_crypto::KeyPair;
use blesim_crypto::p256::debug_key_pair;
use blesim_kernel::{Instant, Span};
use blesim_packet::l2cap::CID_SMP;
use blesim_packet::smp::{LONGEST, SmpPdu};
use blesim_packet::{Address, Octets};

/// The Security Manager timer: 30 s from each PDU that is queued (Vol 3 Part H 3.4).
pub const SMP_TIMEOUT: Span = Span::from_secs(30);

/// One octet more than the longest PDU.
const OVERSIZED: usize = LONGEST + 1;

/// What a pairing reaches the rest of the host through.
pub(crate) struct Wire<'a, P> {
    pub(crate) cx: Context<'a, P>,
    pub(crate) acl: &'a mut Acl,
    pub(crate) credits: &'a mut Credits,
    pub(crate) config: &'a Config,
    /// The peer's address on this link.
    pub(crate) peer: Address,
    /// This side's.
    pub(crate) own: Address,
    /// What this side made for another channel.
    pub(crate) local_oob: Option<&'a LocalOob>,
    /// The key pair of a host that uses one for every pairing.
    pub(crate) kept_pair: &'a mut Option<KeyPair>,
    /// What came from the peer over another channel.
    pub(crate) received_oob: Option<&'a OobData>,
    /// When the timer runs out, if something was sent.
    pub(crate) timer: Option<Instant>,
    /// Whether the user was shown or asked something.
    pub(crate) prompted: bool,
    /// Whether what the user said was what they were asked for.
    pub(crate) answered: bool,
}

impl<P: Port> Wire<'_, P> {
    pub(crate) fn now(&self) -> Instant {
        self.cx.now
    }

    pub(crate) fn port(&mut self) -> &mut P {
        self.cx.port
    }

    pub(crate) fn all_sent(&self) -> bool {
        self.acl.all_sent()
    }

    /// Queues a PDU and restarts the timer (Vol 3 Part H 3.4).
    pub(crate) fn send(&mut self, pdu: &SmpPdu) {
        let step = Step::of(pdu);
        if let Some(step) = step {
            self.cx.step(step);
        }
        match self.config.quirks.sends {
            Some((at, how)) if step == Some(at) => {
                self.departs(Quirk::Sends(how));
                for octets in malformed(how, pdu) {
                    self.acl.send_on(CID_SMP, &octets, self.credits, &mut self.cx);
                }
            }
            Some(_) | None => self.acl.send(pdu, self.credits, &mut self.cx),
        }
        self.timer = Some(self.cx.now + SMP_TIMEOUT).filter(|_| self.config.quirks.timer != Timer::Missing);
    }

    /// Tells the observer that a check was passed.
    pub(crate) fn proved(&mut self, check: Check) {
        self.cx.note(Note::Proved(check));
    }

    /// Tells the observer that the host departs from the specification.
    pub(crate) fn departs(&mut self, quirk: Quirk) {
        self.cx.note(Note::Departs(quirk));
    }

    /// Shows or asks the user something.
    pub(crate) fn prompt(&mut self, prompt: Prompt) {
        self.prompted = true;
        self.cx.prompt(prompt);
    }

    /// Tells the observer an intermediate value.
    pub(crate) fn value(&mut self, name: &'static str, value: u128) {
        self.cx.note(Note::Value(name, value));
    }

    /// The key pair of this pairing: the debug one, the one that out-of-band data speaks of, or a fresh one
    /// (Vol 3 Part H 2.3.5.6.1).
    pub(crate) fn key_pair(&mut self) -> KeyPair {
        if self.config.security.debug_keys == DebugKeys::Used {
            return debug_key_pair();
        }
        if let Some(local) = self.local_oob {
            return local.pair;
        }
        if !self.config.quirks.reuses_key_pair {
            return self.cx.key_pair();
        }
        if let Some(pair) = *self.kept_pair {
            self.departs(Quirk::ReusesKeyPair);
            return pair;
        }
        *self.kept_pair.insert(self.cx.key_pair())
    }
}

/// The octets that go out in place of a PDU.
fn malformed(how: Malformed, pdu: &SmpPdu) -> ArrayVec<Octets<OVERSIZED>, 2> {
    let octets = pdu.encode();
    let as_it_is = Octets::from_slice(&octets).expect("a PDU has at most 65 octets");
    let mut out = as_it_is;
    let mut sent = ArrayVec::new();
    match how {
        Malformed::Wrong => {
            if let Some(last) = out.last_mut() {
                *last ^= 1;
            }
        }
        Malformed::Short => out = Octets::from_slice(&octets[..octets.len() - 1]).expect("it is shorter"),
        Malformed::Oversized => {
            let mut long = [0; OVERSIZED];
            long[..octets.len()].copy_from_slice(&octets);
            out = Octets::from_slice(&long).expect("it is as long as can be");
        }
        // Reserved for future use, Vol 3 Part H 3.3.
        Malformed::Unknown => out[0] = 0x7F,
        Malformed::Twice => sent.push(as_it_is),
        Malformed::Missing => return sent,
        Malformed::OutOfOrder => {
            out = Octets::from_slice(&SmpPdu::PairingRandom(0).encode()).expect("it has 17 octets");
        }
    }
    sent.push(out);
    sent
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A wrong value is wrong whatever it was, and by one bit alone; a PDU that is too long is so by one octet.
    #[test]
    fn wrong_and_long() {
        for last in [0x40, 0x41] {
            let pdu = SmpPdu::PairingConfirm(last << 120 | 7);
            let octets = pdu.encode();
            let [wrong] = malformed(Malformed::Wrong, &pdu)[..] else { panic!("one PDU goes out") };
            let differences = wrong.iter().zip(octets.iter()).map(|(one, other)| one ^ other);
            assert_eq!(
                (wrong.len(), differences.map(u32::from).sum::<u32>()),
                (octets.len(), 1),
                "{last:#x}"
            );
            let [long] = malformed(Malformed::Oversized, &pdu)[..] else { panic!("one PDU goes out") };
            assert_eq!((long.len(), &long[..octets.len()]), (LONGEST + 1, &octets[..]));
        }
    }
}
