//! The initiating state: scans for an advertiser and asks it for a connection, Vol 6 Part B 4.4.4.
//!
//! Invariant: CONNECT_IND is not acknowledged: once it is sent this side believes in the connection.
//! AUX_CONNECT_REQ is: without an AUX_CONNECT_RSP there is none.

use crate::connection::begin::Begin;
use crate::discovery::resolving::Known;
use crate::io::{AirPdu, Draw, Frame, Listening, Port, Role, Why};
use crate::scan::backoff::Backoff;
use crate::scan::ear::{Ear, Slot};
use crate::scan::windows::Windows;
use crate::timing::{INTERVAL_UNIT, T_IFS, airtime};
use blesim_kernel::{Instant, Span};
use blesim_packet::Address;
use blesim_packet::hci::InitiatingPhy;
use blesim_packet::ll::{
    AccessAddress, AdvMode, AdvPdu, ChannelIndex, ChannelMap, ConnectInd, ExtendedPdu, LlData, Phy,
};

/// Candidates for an access address before giving up; a random one is valid more often than one time in two.
const ACCESS_ADDRESS_TRIES: usize = 256;

/// What an initiator is set to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameters {
    pub(crate) own: Address,
    pub(crate) sca: u8,
    /// This device has channel selection algorithm #2.
    pub(crate) csa2: bool,
    /// Whom it looks for; anybody on the filter accept list if `None`.
    pub(crate) peer: Option<Address>,
    /// How it knows it, if not by its address alone.
    pub(crate) known: Option<Known>,
    /// Enabled by the extended command: follows pointers.
    pub(crate) extended: bool,
    /// The data channels that the host lets be used.
    pub(crate) channels: ChannelMap,
    /// What is asked for on LE 1M, on LE 2M, on LE Coded.
    pub(crate) phys: [Option<InitiatingPhy>; 3],
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    Primary,
    /// Waits for the packet that a pointer led to.
    Auxiliary,
    Request {
        at: Instant,
        channel: ChannelIndex,
        phy: Phy,
        peer: Address,
        both_csa2: bool,
        secondary: bool,
    },
    /// Has sent AUX_CONNECT_REQ.
    Response(Begin),
}

/// An initiator between two of its steps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Initiator {
    set: Parameters,
    ear: Ear,
    stage: Stage,
    backoff: Backoff,
}

/// What came of a wake.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Woken {
    Nothing,
    /// AUX_CONNECT_REQ is sent until then.
    Asks(Instant),
    /// CONNECT_IND is sent, and the connection begins.
    Connects(Begin),
}

impl Initiator {
    /// Starts scanning at `now`.
    pub(crate) fn new(set: Parameters, now: Instant) -> Self {
        let timing = |phy: Option<InitiatingPhy>| phy.map(|phy| (phy.scan_interval, phy.scan_window));
        let windows = Windows::new(now, timing(set.phys[0]), timing(set.phys[2]));
        Self { set, ear: Ear::new(windows), stage: Stage::Primary, backoff: Backoff::NEW }
    }

    /// Whom it looks for; nobody in particular is an address of zeros.
    pub(crate) fn peer(&self) -> Address {
        self.set.peer.unwrap_or(Address::public([0; 6]))
    }

    /// Whether it looks for anybody on the filter accept list.
    pub(crate) fn uses_accept_list(&self) -> bool {
        self.set.peer.is_none()
    }

    pub(crate) fn deadline(&self) -> Option<(Instant, Why)> {
        match self.stage {
            Stage::Request { at, .. } => Some((at, Why::Answer)),
            Stage::Primary | Stage::Auxiliary | Stage::Response(_) => {
                self.ear.deadline().map(|at| (at, Why::WindowClosed))
            }
        }
    }

    pub(crate) fn listening(&self, now: Instant) -> Option<Listening> {
        self.ear.listening(now)
    }

    pub(crate) fn on_between(&self, from: Instant, to: Instant) -> Span {
        self.ear.on_between(from, to)
    }

    pub(crate) fn sync(&mut self, now: Instant, end: Instant) {
        self.ear.sync(now, end);
    }

    /// The radio is wanted elsewhere: what was being heard or was about to be sent is lost.
    pub(crate) fn interrupt(&mut self, now: Instant, port: &mut impl Port) {
        if !self.ear.is_early(now) {
            self.give_up(port);
        }
    }

    fn give_up(&mut self, port: &mut impl Port) {
        if let Stage::Response(_) = self.stage {
            self.backoff.outcome(false, port);
        }
        self.stage = Stage::Primary;
        self.ear.scan();
    }

    fn parameters(&self, phy: Phy) -> Option<&InitiatingPhy> {
        let index = match phy {
            Phy::Le1M => 0,
            Phy::Le2M => 1,
            Phy::CodedS2 | Phy::CodedS8 => 2,
        };
        self.set.phys[index].as_ref()
    }

    /// The interval of the connection it is about to ask for.
    pub(crate) fn interval(&self) -> Span {
        let phy = if let Stage::Request { phy, .. } = self.stage { phy } else { Phy::Le1M };
        INTERVAL_UNIT * self.parameters(phy).map_or(0, |phy| u64::from(phy.interval_max))
    }

    fn wants(&self, advertiser: Address, accept: &[Address]) -> bool {
        match (self.set.peer, self.set.known) {
            (Some(peer), Some(known)) => known.fits(advertiser, peer),
            (Some(peer), None) => peer == advertiser,
            (None, _) => accept.contains(&advertiser),
        }
    }

    /// A frame ended: asks its sender for a connection if it is the wanted one, or is its answer.
    pub(crate) fn frame(
        &mut self,
        (start, now): (Instant, Instant),
        pdu: &AirPdu,
        crc_ok: bool,
        accept: &[Address],
        port: &mut impl Port,
    ) -> Option<Begin> {
        let place = self.ear.heard()?;
        let AirPdu::Advertising(pdu) = pdu else {
            self.give_up(port);
            return None;
        };
        if !crc_ok {
            self.give_up(port);
            return None;
        }
        match core::mem::replace(&mut self.stage, Stage::Primary) {
            Stage::Primary => self.primary((start, now), place, pdu, accept),
            Stage::Auxiliary => {
                if let AdvPdu::Extended(pdu) = pdu {
                    self.auxiliary(now, place, pdu, accept);
                }
            }
            Stage::Response(begin) => {
                let answers = answers(pdu, &begin.request);
                self.backoff.outcome(answers, port);
                return answers.then_some(begin);
            }
            Stage::Request { .. } => {}
        }
        None
    }

    /// A packet on a primary channel.
    fn primary(
        &mut self,
        (start, now): (Instant, Instant),
        (channel, phy): (ChannelIndex, Phy),
        pdu: &AdvPdu,
        accept: &[Address],
    ) {
        let (both_csa2, peer) = match *pdu {
            AdvPdu::AdvInd { ch_sel, advertiser, .. } => (ch_sel, advertiser),
            AdvPdu::AdvDirectInd { ch_sel, advertiser, target } if target == self.set.own => {
                (ch_sel, advertiser)
            }
            AdvPdu::Extended(pdu) => {
                let wanted = pdu.advertiser.is_none_or(|advertiser| self.wants(advertiser, accept));
                if self.set.extended
                    && pdu.mode == AdvMode::Connectable
                    && wanted
                    && let Some(slot) = pdu.aux.and_then(|aux| Slot::of(aux, start))
                    && self.parameters(slot.phy).is_some()
                {
                    self.stage = Stage::Auxiliary;
                    self.ear.wait(slot);
                }
                return;
            }
            _ => return,
        };
        if phy == Phy::Le1M && self.wants(peer, accept) {
            self.ear.off();
            let at = now + T_IFS;
            self.stage = Stage::Request { at, channel, phy, peer, both_csa2, secondary: false };
        }
    }

    /// An AUX_ADV_IND. Who was not answered asks more rarely, as a scanner does (Vol 6 Part B 4.4.3.2).
    fn auxiliary(
        &mut self,
        now: Instant,
        (channel, phy): (ChannelIndex, Phy),
        pdu: &ExtendedPdu,
        accept: &[Address],
    ) {
        if let Some(peer) = pdu.advertiser
            && pdu.mode == AdvMode::Connectable
            && pdu.target.is_none_or(|target| target == self.set.own)
            && self.wants(peer, accept)
            && self.backoff.may_ask()
        {
            self.ear.off();
            let at = now + T_IFS;
            self.stage = Stage::Request { at, channel, phy, peer, both_csa2: true, secondary: true };
        }
    }

    /// Sends the request with this transmit window offset. A request that is late is lost.
    pub(crate) fn wake(&mut self, now: Instant, win_offset: u16, port: &mut impl Port) -> Woken {
        let Stage::Request { at, channel, phy, peer, both_csa2, secondary } = self.stage else {
            self.give_up(port);
            return Woken::Nothing;
        };
        let Some(parameters) = self.parameters(phy).copied().filter(|_| at == now) else {
            self.give_up(port);
            return Woken::Nothing;
        };
        let request = ConnectInd {
            // ChSel is reserved for future use in AUX_CONNECT_REQ: algorithm #2 is used (Vol 6 Part B 4.5.8).
            ch_sel: self.set.csa2 && !secondary,
            initiator: self.set.own,
            advertiser: peer,
            ll: self.ll_data(&parameters, win_offset, phy, port),
        };
        let pdu = AirPdu::Advertising(AdvPdu::ConnectInd(request));
        let sent = now + airtime(phy, pdu.payload_len());
        port.transmit(&Frame { channel, access_address: AccessAddress::ADVERTISING, phy, pdu });
        let csa2 = secondary || both_csa2 && self.set.csa2;
        let begin = Begin { role: Role::Central, request, csa2, phy, secondary, created: sent };
        if secondary {
            self.stage = Stage::Response(begin);
            self.ear.wait(Slot::answer(channel, phy, sent));
            Woken::Asks(sent)
        } else {
            Woken::Connects(begin)
        }
    }

    fn ll_data(&self, asked: &InitiatingPhy, win_offset: u16, phy: Phy, port: &mut impl Port) -> LlData {
        let low_32 = |word: u64| u32::try_from(word & 0xFFFF_FFFF).expect("it is masked");
        let coded = matches!(phy, Phy::CodedS2 | Phy::CodedS8);
        let valid = |candidate: &AccessAddress| {
            if coded { candidate.is_valid_on_coded() } else { candidate.is_valid() }
        };
        let access_address = (0..ACCESS_ADDRESS_TRIES)
            .map(|_| AccessAddress(low_32(port.draw(Draw::AccessAddress))))
            .find(valid)
            .expect("256 candidates in a row are invalid less than once in 2^100 sessions");
        let crc_init = low_32(port.draw(Draw::CrcInit)) & 0xFF_FFFF;
        // Vol 6 Part B 2.3.3.1: the hop increment lies in 5..=16.
        let hop = 5 + u8::try_from(port.draw(Draw::Hop) % 12).expect("it is below twelve");
        LlData {
            access_address,
            crc_init,
            // Vol 6 Part B 2.3.3.1: at least 1.25 ms, and less than the interval.
            win_size: 1,
            win_offset,
            interval: asked.interval_max,
            latency: asked.latency,
            timeout: asked.timeout,
            channel_map: self.set.channels,
            hop,
            sca: self.set.sca,
        }
    }
}

/// Whether this is the AUX_CONNECT_RSP to the request (Vol 6 Part B 2.3.3.2).
fn answers(pdu: &AdvPdu, request: &ConnectInd) -> bool {
    matches!(pdu, AdvPdu::AuxConnectRsp(pdu)
        if pdu.advertiser == Some(request.advertiser) && pdu.target == Some(request.initiator))
}
