//! Plays the script of a session.
//!
//! Invariant: acts move devices by what their users could do, and the world by what a fault could.

use super::{Run, Sim};
use crate::device::Power;
use crate::fault;
use crate::plan::{Pair, Plan};
use crate::record::{Outcome, Scripted};
use crate::script::Act;
use crate::shared::{Happening, RANK_PERSON, host_actor};
use crate::trace::Trace;
use blesim_crypto::KeyAgreement;
use blesim_host::{Input, Link};
use blesim_kernel::Span;

impl Sim {
    /// Goes on in the script as far as it goes; the outcome when it is over, the worst of its acts.
    pub(super) fn plays<K: KeyAgreement, T: Trace>(&mut self, run: &mut Run<'_, K, T>) -> Option<Outcome> {
        let plan = run.plan;
        loop {
            let Some(&act) = plan.script.get(self.progress.at) else { return Some(self.progress.worst) };
            if !self.progress.begun {
                if act == Act::Secure && plan.subject().any(|pair| self.is_ending(*pair)) {
                    return None;
                }
                let first = self.progress.at == 0;
                self.progress.since = if first { self.started } else { self.shared.agenda.now() };
                self.progress.begun = true;
                self.begin_act(act, run);
            }
            if !self.act_is_over(act, plan) {
                return None;
            }
            self.progress.at += 1;
            self.progress.begun = false;
        }
    }

    /// The acts that were to secure the link.
    pub(super) fn scripted(&self) -> Scripted {
        let (secured, begun) = self.progress.secured;
        Scripted { begun, secured }
    }

    /// Whether the central is about to be without the link, which it cannot be asked for meanwhile.
    fn is_ending(&self, pair: Pair) -> bool {
        matches!(self.devices[pair.central].host.link(pair.place), Link::Ending | Link::Cancelling)
    }

    fn begin_act<K: KeyAgreement, T: Trace>(&mut self, act: Act, run: &mut Run<'_, K, T>) {
        let plan = run.plan;
        match act {
            Act::Secure => {
                self.progress.secured.1 += 1;
                for pair in plan.subject() {
                    self.host(pair.peripheral, Input::Begin(0), run);
                    self.host(pair.central, Input::Begin(pair.place), run);
                }
            }
            Act::Stay(span) => self.takes(span),
            Act::Disconnect => {
                for pair in plan.subject() {
                    self.host(pair.peripheral, Input::Disconnect(0), run);
                    self.host(pair.central, Input::Disconnect(pair.place), run);
                }
            }
            Act::Forget(device) => self.forgets(device, plan),
            Act::PowerCycle(device, off) => self.is_off(device, off),
            Act::Update(device, off) => {
                self.forgets(device, plan);
                self.is_off(device, off);
            }
        }
    }

    fn act_is_over(&mut self, act: Act, plan: &Plan) -> bool {
        let now = self.shared.agenda.now();
        match act {
            Act::Secure => {
                let Some(outcome) = self.all_ended(plan) else { return false };
                self.progress.worst = self.progress.worst.max(outcome);
                if outcome == Outcome::Secured {
                    self.progress.secured.0 += 1;
                    self.progress.spent += now.since(self.progress.since);
                }
                true
            }
            Act::Stay(_) => now >= self.progress.until,
            Act::Disconnect => {
                let there = |link| matches!(link, Link::Up { .. } | Link::Ending);
                !plan.subject().any(|pair| {
                    let links = [
                        self.devices[pair.central].host.link(pair.place),
                        self.devices[pair.peripheral].host.link(0),
                    ];
                    links.into_iter().any(there)
                })
            }
            Act::Forget(_) => true,
            Act::PowerCycle(device, _) | Act::Update(device, _) => {
                now >= self.progress.until && self.devices[device].power == Power::On
            }
        }
    }

    /// The act is over after this time.
    fn takes(&mut self, span: Span) {
        self.progress.until = self.shared.agenda.now() + span;
        let actor = host_actor(0);
        self.shared.agenda.post(self.progress.until, RANK_PERSON, actor, actor, Happening::Act);
    }

    fn forgets(&mut self, device: usize, plan: &Plan) {
        fault::lose_all_bonds(device, &mut self.devices);
        self.touched(device, plan);
    }

    fn is_off(&mut self, device: usize, off: Span) {
        fault::cut_power(device, off, &mut self.devices, &mut self.shared);
        self.checks.host_touched(device);
        self.takes(off);
    }

    fn touched(&mut self, device: usize, plan: &Plan) {
        self.checks.host_touched(device);
        if self.watched {
            self.shared.truth.forget(&self.devices, plan);
        }
        self.renew_host_wake(device);
    }
}
