//! A device: a controller and a host with power or without.

use crate::plan::DevicePlan;
use blesim_controller::Controller;
use blesim_host::Host;
use blesim_kernel::Instant;

/// Whether a device has power.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Power {
    On,
    Off,
}

/// The half of a device that is not ours: its HCI packets are handed out and come in from outside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Foreign {
    /// Somebody else's host above our controller; it switches the device on and off.
    Host,
    /// Somebody else's controller below our host, with an air of its own.
    Controller,
}

/// A device of a session.
#[derive(Debug)]
pub(crate) struct Device {
    /// The half of it that is not ours; none in a session that runs by itself.
    pub(crate) foreign: Option<Foreign>,
    pub(crate) controller: Controller,
    pub(crate) host: Host,
    pub(crate) power: Power,
    /// The host does nothing before this instant.
    pub(crate) silent_until: Instant,
}

impl Device {
    /// A device that has not been switched on.
    pub(crate) fn new(plan: &DevicePlan) -> Self {
        Self {
            foreign: None,
            controller: Controller::new(plan.controller),
            host: Host::new(plan.host),
            power: Power::Off,
            silent_until: Instant::ZERO,
        }
    }

    /// The same for another session, with the memory it has.
    pub(crate) fn restart(&mut self, plan: &DevicePlan) {
        self.controller.reset();
        self.host.renew(plan.host);
        self.host.reads_anew();
        (self.power, self.silent_until) = (Power::Off, Instant::ZERO);
    }
}
