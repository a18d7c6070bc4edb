//! What waits to be begun by this side, and when it may.
//!
//! Invariant: one procedure at a time (Vol 6 Part B 5.2); none while encryption starts or pauses (5.1.3), and
//! none with an instant while the peer's has not come (5.3).

use super::update::Parameters;
use super::{Connection, Control, Procedure, ProcedureInput, Running, Side, Wish};
use crate::config::feature;
use crate::io::{Port, Role};
use blesim_kernel::Instant;
use blesim_packet::hci::ErrorCode;
use blesim_packet::ll::ChannelMap;

/// A procedure that is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Request {
    /// Rand, EDIV and long term key.
    Encryption(u64, u16, u128),
    Update(Parameters),
    ChannelMap(ChannelMap),
    Features,
    Version,
    DataLength,
    Phy(Wish),
    Ping,
    ClockAccuracy,
    /// The host's answer to the peer's request for parameters, given while encryption started.
    Answer(Result<Parameters, ErrorCode>),
}

/// A request with whether the host is to be told how it ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Waiting {
    request: Request,
    by_host: bool,
}

impl Request {
    fn same_kind(&self, other: &Self) -> bool {
        core::mem::discriminant(self) == core::mem::discriminant(other)
    }

    /// Whether it ends in an instant.
    fn has_instant(&self) -> bool {
        matches!(self, Self::Update(_) | Self::ChannelMap(_) | Self::Phy(_))
    }
}

impl Control {
    /// Puts what the controller begins by itself in the queue.
    pub(crate) fn begin_unasked(&mut self, channels: ChannelMap) {
        let starts = self.link_layer.starts;
        let lengthens = starts.data_length || self.lengths.above_least();
        let may_ask_features =
            self.role == Role::Central || self.known.possible(feature::PERIPHERAL_FEATURE_EXCHANGE);
        let unasked = [
            (starts.version, Request::Version),
            (starts.features && may_ask_features, Request::Features),
            (lengthens && self.known.possible(feature::DATA_LENGTH), Request::DataLength),
            (starts.phy && self.link_layer.supported_phys() != 1, Request::Phy(self.wish)),
        ];
        if self.role == Role::Central && channels != ChannelMap::ALL {
            self.wants(Request::ChannelMap(channels), false);
        }
        for (_, request) in unasked.into_iter().filter(|(wanted, _)| *wanted) {
            self.wants(request, false);
        }
    }

    /// Puts a request in the queue. What waits of the same kind is replaced.
    pub(crate) fn wants(&mut self, request: Request, by_host: bool) {
        match self.waiting.iter_mut().find(|waiting| waiting.request.same_kind(&request)) {
            Some(waiting) => *waiting = Waiting { request, by_host: by_host || waiting.by_host },
            None => self.waiting.push(Waiting { request, by_host }),
        }
    }

    /// Whether a request of this kind waits, or is under way as `procedure`, for the host.
    pub(crate) fn is_asked(&self, request: &Request, procedure: Option<Procedure>) -> bool {
        let waits = self.waiting.iter().any(|waiting| waiting.by_host && waiting.request.same_kind(request));
        waits || self.local.is_some_and(|running| running.by_host && Some(running.procedure) == procedure)
    }

    /// Whether encryption starts, pauses, or waits to start.
    pub(crate) fn encryption_asked(&self) -> bool {
        self.encryption.runs() || self.is_asked(&Request::Encryption(0, 0, 0), None)
    }
}

impl Connection {
    /// Begins a procedure now or when it may.
    pub(crate) fn ask(&mut self, now: Instant, request: Request, by_host: bool, port: &mut impl Port) {
        self.control.wants(request, by_host);
        self.begin_procedures(now, port);
        self.rouse(now);
    }

    /// Begins what waits and may begin.
    #[inline]
    pub(crate) fn begin_procedures(&mut self, now: Instant, port: &mut impl Port) {
        // Asked with every packet, and mostly nothing waits.
        if !self.control.waiting.is_empty() {
            self.begin_waiting(now, port);
        }
    }

    fn begin_waiting(&mut self, now: Instant, port: &mut impl Port) {
        while let Some(place) =
            self.control.waiting.iter().position(|waiting| self.may_begin(&waiting.request))
        {
            let Waiting { request, by_host } = self.control.waiting.remove(place);
            match request {
                Request::Encryption(rand, ediv, ltk) => self.begin_encryption(now, (rand, ediv, ltk), port),
                Request::Update(parameters) => self.begin_update(now, parameters, by_host, port),
                Request::ChannelMap(map) => self.begin_channel_map(now, map, port),
                Request::Features => self.begin_features(now, by_host, port),
                Request::Version => self.begin_version(now, by_host, port),
                Request::DataLength => self.begin_data_length(now, by_host, port),
                Request::Phy(wish) => self.begin_phy(now, wish, by_host, port),
                Request::Ping => self.begin_ping(now, port),
                Request::Answer(answer) => {
                    let _too_late = self.answer_parameters(now, answer, port);
                }
                Request::ClockAccuracy => self.begin_clock_accuracy(now, by_host, port),
            }
        }
    }

    fn may_begin(&self, request: &Request) -> bool {
        let control = &self.control;
        if matches!(request, Request::Answer(_)) {
            return !control.encryption.runs();
        }
        if self.ends() || control.local.is_some() {
            return false;
        }
        if control.encryption.runs() {
            return control.link_layer.updates_during_encryption && request.has_instant();
        }
        let peers = control.remote.is_some_and(|running| running.procedure.has_instant());
        !(request.has_instant() && (peers || self.schedule.changing()))
    }

    /// Takes the first row of a procedure; false if there is none.
    pub(super) fn start(
        &mut self,
        now: Instant,
        procedure: Procedure,
        by_host: bool,
        port: &mut impl Port,
    ) -> bool {
        let started = self.control.step(now, (Side::Initiator, procedure), ProcedureInput::Start, port);
        if let Some(local) = &mut self.control.local
            && started
        {
            *local = Running { by_host, ..*local };
        }
        started
    }
}
