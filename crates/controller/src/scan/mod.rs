//! The scanning state, passive and active, Vol 6 Part B 4.4.3.
//!
//! Invariant: one request at a time, and only after the backoff; the host is told of each packet that was
//! received whole, and of nothing else.

pub(crate) mod backoff;
pub(crate) mod ear;
pub(crate) mod report;
pub(crate) mod windows;

use crate::io::{AirPdu, Frame, Listening, Port, Why};
use crate::timing::{T_IFS, airtime};
use backoff::Backoff;
use blesim_kernel::{Instant, Span};
use blesim_packet::Address;
use blesim_packet::ll::{AccessAddress, AdvMode, AdvPdu, ChannelIndex, ExtendedPdu, Phy};
use ear::{Ear, Slot};
use report::{Report, Told};
use windows::Windows;

/// What a scanner is set to.
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own in HCI")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameters {
    pub(crate) own: Address,
    /// Whether requests are sent on LE 1M, and on LE Coded.
    pub(crate) active: [bool; 2],
    pub(crate) accept_list_only: bool,
    /// Enabled by the extended commands: follows pointers and gives extended reports.
    pub(crate) extended: bool,
    pub(crate) filter_duplicates: bool,
    /// The host hears of advertisements (its event mask lets them through).
    pub(crate) reports: bool,
    pub(crate) windows: Windows,
    /// When it ends by itself.
    pub(crate) ends: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    Primary,
    /// Waits for the packet that a pointer on this PHY led to.
    Auxiliary(Phy),
    Request(Request),
    /// Has asked.
    Response(Request),
}

/// A scan request.
#[derive(Clone, Copy, Debug)]
struct Request {
    at: Instant,
    advertiser: Address,
    channel: ChannelIndex,
    phy: Phy,
    /// The PHY of the primary channel, if the request goes to a secondary one.
    primary: Option<Phy>,
    /// Event_Type of what is answered.
    kind: u16,
}

/// A scanner between two of its steps.
#[derive(Debug)]
pub(crate) struct Scanner {
    set: Parameters,
    ear: Ear,
    stage: Stage,
    backoff: Backoff,
    told: Told,
}

/// What came of a wake.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Woken {
    /// Sends, or does nothing, until then.
    Until(Instant),
    /// Its duration is over.
    Over,
}

impl Scanner {
    /// Starts scanning; its windows start by themselves.
    pub(crate) fn new(set: Parameters) -> Self {
        let (ear, told) = (Ear::new(set.windows), Told::default());
        Self { set, ear, stage: Stage::Primary, backoff: Backoff::NEW, told }
    }

    pub(crate) fn deadline(&self) -> Option<(Instant, Why)> {
        let step = match self.stage {
            Stage::Request(Request { at, .. }) => Some((at, Why::Answer)),
            Stage::Primary | Stage::Auxiliary(_) | Stage::Response(_) => {
                self.ear.deadline().map(|at| (at, Why::WindowClosed))
            }
        };
        let ends = self.set.ends.map(|at| (at, Why::WindowClosed));
        [step, ends].into_iter().flatten().min()
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

    pub(crate) fn wake(&mut self, now: Instant, port: &mut impl Port) -> Woken {
        if self.set.ends.is_some_and(|ends| ends <= now) {
            return Woken::Over;
        }
        match self.stage {
            Stage::Request(request) if request.at == now => Woken::Until(self.ask(now, request, port)),
            Stage::Primary | Stage::Auxiliary(_) | Stage::Request(_) | Stage::Response(_) => {
                self.give_up(port);
                Woken::Until(now)
            }
        }
    }

    /// The radio is not there: a request that is due is not sent.
    pub(crate) fn wake_busy(&mut self, now: Instant, port: &mut impl Port) -> Woken {
        if self.set.ends.is_some_and(|ends| ends <= now) {
            return Woken::Over;
        }
        self.give_up(port);
        Woken::Until(now)
    }

    /// Sends the SCAN_REQ or AUX_SCAN_REQ and waits for what answers it.
    fn ask(&mut self, now: Instant, request: Request, port: &mut impl Port) -> Instant {
        let (channel, phy) = (request.channel, request.phy);
        let scanner = self.set.own;
        let pdu = AirPdu::Advertising(AdvPdu::ScanReq { scanner, advertiser: request.advertiser });
        let sent = now + airtime(phy, pdu.payload_len());
        port.transmit(&Frame { channel, access_address: AccessAddress::ADVERTISING, phy, pdu });
        self.stage = Stage::Response(request);
        self.ear.wait(Slot::answer(channel, phy, sent));
        sent
    }

    /// A frame that was followed has ended.
    pub(crate) fn frame(
        &mut self,
        (start, now): (Instant, Instant),
        pdu: &AirPdu,
        crc_ok: bool,
        accept: &[Address],
        port: &mut impl Port,
    ) {
        let Some((channel, phy)) = self.ear.heard() else { return };
        let AirPdu::Advertising(pdu) = pdu else { return self.give_up(port) };
        if !crc_ok {
            return self.give_up(port);
        }
        match core::mem::replace(&mut self.stage, Stage::Primary) {
            Stage::Primary => self.primary((start, now), (channel, phy), pdu, accept, port),
            Stage::Auxiliary(primary) => {
                if let AdvPdu::Extended(pdu) = pdu
                    && let Some(advertiser) = pdu.advertiser
                    && self.counts(advertiser, pdu.target, accept)
                {
                    let scannable = pdu.mode == AdvMode::Scannable;
                    let Some(report) = Report::extended(pdu, (primary, Some(phy)), false) else { return };
                    self.tell(&report, port);
                    if scannable && self.set.active[usize::from(primary != Phy::Le1M)] {
                        let kind = report.kind;
                        let at = now + T_IFS;
                        let primary = Some(primary);
                        self.want(Request { at, advertiser, channel, phy, primary, kind });
                    }
                }
            }
            Stage::Response(request) => self.response(request, pdu, port),
            Stage::Request(_) => {}
        }
    }

    /// A packet on a primary channel.
    fn primary(
        &mut self,
        (start, now): (Instant, Instant),
        (channel, phy): (ChannelIndex, Phy),
        pdu: &AdvPdu,
        accept: &[Address],
        port: &mut impl Port,
    ) {
        if let AdvPdu::Extended(pdu) = pdu {
            if self.set.extended {
                self.extended(start, phy, pdu, accept, port);
            }
            return;
        }
        // A response that was not asked for is nobody's.
        if matches!(pdu, AdvPdu::ScanRsp { .. }) || phy != Phy::Le1M {
            return;
        }
        let Some(report) = Report::legacy(pdu, 0) else { return };
        if !self.counts(report.peer, report.target, accept) {
            return;
        }
        self.tell(&report, port);
        if matches!(pdu, AdvPdu::AdvInd { .. } | AdvPdu::AdvScanInd { .. }) && self.set.active[0] {
            let (at, advertiser, kind) = (now + T_IFS, report.peer, report.kind);
            self.want(Request { at, advertiser, channel, phy, primary: None, kind });
        }
    }

    /// An ADV_EXT_IND: follows its pointer, or reports it if it has none (Vol 6 Part B 4.4.3).
    fn extended(
        &mut self,
        start: Instant,
        phy: Phy,
        pdu: &ExtendedPdu,
        accept: &[Address],
        port: &mut impl Port,
    ) {
        let named = pdu.advertiser.is_none_or(|advertiser| self.counts(advertiser, pdu.target, accept));
        if !named {
            return;
        }
        if let Some(aux) = pdu.aux {
            if let Some(slot) = Slot::of(aux, start) {
                self.stage = Stage::Auxiliary(phy);
                self.ear.wait(slot);
            }
        } else if let Some(report) = Report::extended(pdu, (phy, None), false) {
            self.tell(&report, port);
        }
    }

    fn response(&mut self, request: Request, pdu: &AdvPdu, port: &mut impl Port) {
        let report = match (pdu, request.primary) {
            (AdvPdu::ScanRsp { advertiser, .. }, None) if *advertiser == request.advertiser => {
                Report::legacy(pdu, request.kind)
            }
            (AdvPdu::Extended(pdu), Some(primary)) if pdu.advertiser == Some(request.advertiser) => {
                Report::extended(pdu, (primary, Some(request.phy)), true)
            }
            _ => None,
        };
        self.backoff.outcome(report.is_some(), port);
        if let Some(report) = report {
            self.tell(&report, port);
        }
    }

    /// Asks, if the backoff lets it (Vol 6 Part B 4.4.3.2).
    fn want(&mut self, request: Request) {
        if self.backoff.may_ask() {
            self.stage = Stage::Request(request);
            self.ear.off();
        }
    }

    /// The scanning filter policy, Vol 6 Part B 4.3.3: directed advertising to another device never counts.
    fn counts(&self, advertiser: Address, target: Option<Address>, accept: &[Address]) -> bool {
        let for_this = target.is_none_or(|target| target == self.set.own);
        for_this && (!self.set.accept_list_only || accept.contains(&advertiser))
    }

    fn tell(&mut self, report: &Report, port: &mut impl Port) {
        if !self.set.reports || self.set.filter_duplicates && !self.told.is_new(report) {
            return;
        }
        if self.set.extended { report.tell_extended(port) } else { report.tell_legacy(port) }
    }
}
