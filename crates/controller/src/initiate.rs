//! The initiating state: scans for one advertiser and asks it for a connection, Vol 6 Part B 4.4.4.
//!
//! Invariant: CONNECT_IND is not acknowledged: once it is sent this side believes in the connection.

use crate::io::{AirPdu, Draw, Frame, Listening, Port, Why};
use crate::timing::{INTERVAL_UNIT, SLOT, T_IFS, airtime};
use blesim_kernel::{Instant, Span};
use blesim_packet::Address;
use blesim_packet::hci::LeCreateConnection;
use blesim_packet::ll::{AccessAddress, AdvPdu, ChannelIndex, ChannelMap, ConnectInd, LlData, Phy};

/// Candidates for an access address before giving up; a random one is valid more often than one time in two.
const ACCESS_ADDRESS_TRIES: usize = 256;

/// An initiator between two of its steps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Initiator {
    own: Address,
    sca: u8,
    csa2: bool,
    request: LeCreateConnection,
    started: Instant,
    phase: Phase,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    Scanning,
    Receiving { channel: ChannelIndex },
    Request { at: Instant, channel: ChannelIndex, both_csa2: bool },
}

/// A request that was sent: what it said, and when its last bit left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Requested {
    pub(crate) request: ConnectInd,
    pub(crate) both_csa2: bool,
    pub(crate) sent: Instant,
}

impl Initiator {
    /// Starts scanning at `now`; `csa2` tells whether this device has channel selection algorithm #2.
    pub(crate) fn new(own: Address, sca: u8, csa2: bool, request: LeCreateConnection, now: Instant) -> Self {
        Self { own, sca, csa2, request, started: now, phase: Phase::Scanning }
    }

    /// Whom it looks for.
    pub(crate) fn peer(&self) -> Address {
        self.request.peer
    }

    pub(crate) fn deadline(&self) -> Option<(Instant, Why)> {
        match self.phase {
            Phase::Scanning | Phase::Receiving { .. } => None,
            Phase::Request { at, .. } => Some((at, Why::Answer)),
        }
    }

    /// The channel of the present scan window (Vol 6 Part B 4.4.3: another channel each interval), and when
    /// the window closes.
    fn window(&self, now: Instant) -> Option<(ChannelIndex, Instant)> {
        let interval = (SLOT * u64::from(self.request.scan_interval.max(1))).as_nanos();
        let window = (SLOT * u64::from(self.request.scan_window)).as_nanos();
        let elapsed = now.since(self.started).as_nanos();
        let index = u8::try_from(elapsed / interval % 3).expect("it is below three");
        let left = window.checked_sub(elapsed % interval)?;
        (left > 0).then(|| (ChannelIndex(37 + index), now + Span::from_nanos(left)))
    }

    pub(crate) fn listening(&self, now: Instant) -> Option<Listening> {
        if self.phase != Phase::Scanning {
            return None;
        }
        let (channel, _) = self.window(now)?;
        Some(Listening { channel, access_address: AccessAddress::ADVERTISING, phy: Phy::Le1M })
    }

    /// Follows a frame, unless the window closes before its end.
    pub(crate) fn sync(&mut self, now: Instant, end: Instant) {
        if let Some((channel, closes)) = self.window(now)
            && end <= closes
        {
            self.phase = Phase::Receiving { channel };
        }
    }

    /// The radio is wanted elsewhere: what was being heard is lost.
    pub(crate) fn interrupt(&mut self) {
        self.phase = Phase::Scanning;
    }

    /// The interval of the connection it will ask for.
    pub(crate) fn interval(&self) -> Span {
        INTERVAL_UNIT * u64::from(self.request.interval_max)
    }

    /// A frame ended: asks its sender for a connection if it is the wanted one.
    pub(crate) fn frame(&mut self, now: Instant, pdu: &AirPdu, crc_ok: bool) {
        let Phase::Receiving { channel } = self.phase else { return };
        self.phase = Phase::Scanning;
        if let AirPdu::Advertising(AdvPdu::AdvInd { ch_sel, advertiser, .. }) = *pdu
            && crc_ok
            && advertiser == self.request.peer
        {
            self.phase = Phase::Request { at: now + T_IFS, channel, both_csa2: ch_sel };
        }
    }

    /// Sends the CONNECT_IND with this transmit window offset. A request that is late is lost.
    pub(crate) fn wake(&mut self, now: Instant, win_offset: u16, port: &mut impl Port) -> Option<Requested> {
        let Phase::Request { at, channel, both_csa2 } = self.phase else { return None };
        if now > at {
            self.interrupt();
            return None;
        }
        let request = ConnectInd {
            ch_sel: self.csa2,
            initiator: self.own,
            advertiser: self.request.peer,
            ll: self.parameters(win_offset, port),
        };
        let pdu = AirPdu::Advertising(AdvPdu::ConnectInd(request));
        let sent = now + airtime(Phy::Le1M, pdu.payload_len());
        port.transmit(Frame { channel, access_address: AccessAddress::ADVERTISING, phy: Phy::Le1M, pdu });
        Some(Requested { request, both_csa2, sent })
    }

    fn parameters(&self, win_offset: u16, port: &mut impl Port) -> LlData {
        let low_32 = |word: u64| u32::try_from(word & 0xFFFF_FFFF).expect("it is masked");
        let access_address = (0..ACCESS_ADDRESS_TRIES)
            .map(|_| AccessAddress(low_32(port.draw(Draw::AccessAddress))))
            .find(|candidate| candidate.is_valid())
            .expect("256 candidates in a row are invalid less than once in 2^200 sessions");
        let crc_init = low_32(port.draw(Draw::CrcInit)) & 0xFF_FFFF;
        // Vol 6 Part B 2.3.3.1: the hop increment lies in 5..=16.
        let hop = 5 + u8::try_from(port.draw(Draw::Hop) % 12).expect("it is below twelve");
        let interval = self.request.interval_max;
        LlData {
            access_address,
            crc_init,
            // Vol 6 Part B 2.3.3.1: at least 1.25 ms, and less than the interval.
            win_size: 1,
            win_offset,
            interval,
            latency: self.request.latency,
            timeout: self.request.timeout,
            channel_map: ChannelMap::ALL,
            hop,
            sca: self.sca,
        }
    }
}
