//! Features, version, ping and sleep clock accuracy: one question, one answer (Vol 6 Part B 5.1.4, 5.1.5,
//! 5.1.8, 5.1.14).
//!
//! Invariant: what is known of the peer came from the peer; LL_VERSION_IND is sent once a connection.

use super::{Connection, Flow, Procedure, ProcedureInput, Side};
use crate::config::feature;
use crate::controller::Config;
use crate::io::{Port, Role};
use blesim_kernel::Instant;
use blesim_packet::hci::{ErrorCode, Event};
use blesim_packet::ll::LlControl;

/// What is known of both sides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Known {
    own: u64,
    peer: Option<u64>,
    /// What the peer has shown not to know.
    lacks: u64,
    version: Option<(u8, u16, u16)>,
    version_sent: bool,
    sca: u8,
}

impl Known {
    pub(super) fn new(config: &Config) -> Self {
        let own = config.features();
        Self { own, peer: None, lacks: 0, version: None, version_sent: false, sca: config.sca & 7 }
    }

    /// Both sides are known to have this feature.
    pub(super) fn agreed(&self, feature: u64) -> bool {
        self.peer.is_some_and(|peer| self.own & peer & !self.lacks & feature != 0)
    }

    /// This side has it and the peer is not known to lack it.
    pub(super) fn possible(&self, feature: u64) -> bool {
        self.own & self.peer.unwrap_or(u64::MAX) & !self.lacks & feature != 0
    }

    /// The peer does not know this procedure.
    pub(super) fn lacks(&mut self, procedure: Procedure) {
        self.lacks |= match procedure {
            Procedure::ConnectionParametersRequest => feature::CONNECTION_PARAMETERS_REQUEST,
            Procedure::LePing => feature::PING,
            Procedure::DataLengthUpdate => feature::DATA_LENGTH,
            Procedure::PhyUpdate => feature::PHY_2M | feature::PHY_CODED,
            Procedure::FeatureExchange => feature::PERIPHERAL_FEATURE_EXCHANGE,
            Procedure::SleepClockAccuracy => feature::SLEEP_CLOCK_ACCURACY,
            Procedure::ConnectionUpdate
            | Procedure::ChannelMapUpdate
            | Procedure::VersionExchange
            | Procedure::Termination
            | Procedure::MinimumUsedChannels => 0,
        };
    }
}

impl Connection {
    /// Whether a procedure that needs one of these features may be tried.
    pub(crate) fn possible(&self, feature: u64) -> bool {
        self.control.known.possible(feature)
    }

    pub(super) fn begin_features(&mut self, now: Instant, by_host: bool, port: &mut impl Port) {
        if self.control.known.peer.is_some() {
            if by_host {
                self.features_complete(ErrorCode::SUCCESS, port);
            }
            return;
        }
        if self.start(now, Procedure::FeatureExchange, by_host, port) {
            let features = self.control.known.own;
            self.say(&match self.role {
                Role::Central => LlControl::LlFeatureReq { features },
                Role::Peripheral => LlControl::LlPeripheralFeatureReq { features },
            });
        }
    }

    pub(super) fn receive_features(
        &mut self,
        now: Instant,
        (request, features): (bool, u64),
        port: &mut impl Port,
    ) -> Flow {
        let own = self.control.known.own;
        if request {
            if self.role == Role::Central && own & feature::PERIPHERAL_FEATURE_EXCHANGE == 0 {
                return self.unknown(LlControl::PERIPHERAL_FEATURE_REQ);
            }
            let procedure = (Side::Responder, Procedure::FeatureExchange);
            let _told = self.control.step(now, procedure, ProcedureInput::Request, port);
            self.learn(now, features);
            // The first octet says what both have, the others what the sender has (2.4.2.10).
            self.say(&LlControl::LlFeatureRsp { features: own & (features | !0xFF) });
            return Flow::Open;
        }
        let by_host = self.control.by_host();
        let procedure = (Side::Initiator, Procedure::FeatureExchange);
        if self.control.step(now, procedure, ProcedureInput::Response, port) {
            self.learn(now, features);
            if by_host {
                self.features_complete(ErrorCode::SUCCESS, port);
            }
        }
        Flow::Open
    }

    fn learn(&mut self, now: Instant, features: u64) {
        self.control.known.peer = Some(features);
        self.control.payload.restart(now);
    }

    pub(super) fn features_complete(&self, status: ErrorCode, port: &mut impl Port) {
        let (handle, features) = (self.handle, self.control.known.peer.unwrap_or_default());
        self.control.tell(Event::LeReadRemoteFeaturesComplete { status, handle, features }, port);
    }

    pub(super) fn begin_version(&mut self, now: Instant, by_host: bool, port: &mut impl Port) {
        if self.control.known.version.is_some() {
            if by_host {
                self.version_complete(ErrorCode::SUCCESS, port);
            }
            return;
        }
        if self.start(now, Procedure::VersionExchange, by_host, port) && !self.control.known.version_sent {
            self.control.known.version_sent = true;
            let version = self.control.link_layer.version_ind();
            self.say(&version);
        }
    }

    pub(super) fn receive_version(
        &mut self,
        now: Instant,
        version: (u8, u16, u16),
        port: &mut impl Port,
    ) -> Flow {
        if self.control.known.version.is_some() {
            return Flow::Open;
        }
        self.control.known.version = Some(version);
        let by_host = self.control.by_host();
        let own = (Side::Initiator, Procedure::VersionExchange);
        if self.control.step(now, own, ProcedureInput::Response, port) {
            if by_host {
                self.version_complete(ErrorCode::SUCCESS, port);
            }
        } else if !core::mem::replace(&mut self.control.known.version_sent, true) {
            let peers = (Side::Responder, Procedure::VersionExchange);
            let _told = self.control.step(now, peers, ProcedureInput::Request, port);
            let version = self.control.link_layer.version_ind();
            self.say(&version);
        }
        Flow::Open
    }

    pub(super) fn version_complete(&self, status: ErrorCode, port: &mut impl Port) {
        let (version, company, subversion) = self.control.known.version.unwrap_or_default();
        let handle = self.handle;
        let complete =
            Event::ReadRemoteVersionInformationComplete { status, handle, version, company, subversion };
        self.control.tell(complete, port);
    }

    pub(super) fn begin_ping(&mut self, now: Instant, port: &mut impl Port) {
        if self.start(now, Procedure::LePing, false, port) {
            self.say(&LlControl::LlPingReq);
        }
    }

    pub(super) fn receive_ping(&mut self, now: Instant, pdu: &LlControl, port: &mut impl Port) -> Flow {
        if *pdu == LlControl::LlPingRsp {
            let own = (Side::Initiator, Procedure::LePing);
            let _answered = self.control.step(now, own, ProcedureInput::Response, port);
            return Flow::Open;
        }
        if self.control.link_layer.ignores_pings {
            return Flow::Open;
        }
        if self.control.known.own & feature::PING == 0 {
            return self.unknown(LlControl::PING_REQ);
        }
        let peers = (Side::Responder, Procedure::LePing);
        let _told = self.control.step(now, peers, ProcedureInput::Request, port);
        self.say(&LlControl::LlPingRsp);
        Flow::Open
    }

    pub(super) fn begin_clock_accuracy(&mut self, now: Instant, by_host: bool, port: &mut impl Port) {
        if self.start(now, Procedure::SleepClockAccuracy, by_host, port) {
            let sca = self.control.known.sca;
            self.say(&LlControl::LlClockAccuracyReq { sca });
        }
    }

    pub(super) fn receive_clock_accuracy(
        &mut self,
        now: Instant,
        (request, sca): (bool, u8),
        port: &mut impl Port,
    ) -> Flow {
        if request {
            if self.control.known.own & feature::SLEEP_CLOCK_ACCURACY == 0 {
                return self.unknown(LlControl::CLOCK_ACCURACY_REQ);
            }
            let peers = (Side::Responder, Procedure::SleepClockAccuracy);
            let _told = self.control.step(now, peers, ProcedureInput::Request, port);
            let sca = self.control.known.sca;
            self.say(&LlControl::LlClockAccuracyRsp { sca });
            return Flow::Open;
        }
        let by_host = self.control.by_host();
        let own = (Side::Initiator, Procedure::SleepClockAccuracy);
        if self.control.step(now, own, ProcedureInput::Response, port) && by_host {
            self.clock_accuracy_complete(ErrorCode::SUCCESS, sca, port);
        }
        Flow::Open
    }

    pub(super) fn clock_accuracy_complete(&self, status: ErrorCode, accuracy: u8, port: &mut impl Port) {
        let handle = self.handle;
        self.control.tell(Event::LeRequestPeerScaComplete { status, handle, accuracy }, port);
    }
}
