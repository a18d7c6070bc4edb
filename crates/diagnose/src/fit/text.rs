//! A fit as a scenario takes it: fields with their intervals beside them.
//!
//! Invariant: every line that is no comment is a field of a scenario or of a device.

use super::{CHANNELS, Delays, Fit, Model, Share, waits};
use crate::reproduce::{is_legal, time};
use crate::step::{Parameters, Side};
use std::fmt::{self, Write};

/// Packets on a channel from which its loss is told.
const ENOUGH: u64 = 20;

pub(super) fn text(fit: &Fit, title: &str) -> String {
    let mut text = String::new();
    // Writing into a string cannot fail.
    let _ = write(&mut text, fit, title);
    text
}

fn write(text: &mut String, fit: &Fit, title: &str) -> fmt::Result {
    writeln!(
        text,
        "// Estimated from {} by `blesim fit`; intervals are of 95 %.",
        title.replace(['\n', '\r'], " ")
    )?;
    if let Some(stopped) = &fit.stopped {
        writeln!(text, "// {}.", stopped.replace(['\n', '\r'], " "))?;
    }
    writeln!(text, "\n// Into the scenario:")?;
    link(text, fit)?;
    air(text, fit)?;
    for side in Side::BOTH {
        device(text, side, fit.delays(side))?;
    }
    Ok(())
}

fn link(text: &mut String, fit: &Fit) -> fmt::Result {
    let Some((parameters, times)) = fit.parameters.first().filter(|(own, _)| is_legal(*own)) else {
        return writeln!(text, "// link: the parameters of no connection are visible");
    };
    let of: u64 = fit.parameters.iter().map(|(_, times)| times).sum();
    let Parameters { interval, latency, timeout } = *parameters;
    let (interval, timeout) = (time(i64::from(interval) * 1_250), time(i64::from(timeout) * 10_000));
    writeln!(text, "// as {times} of {of} views of connections have them in the end")?;
    writeln!(text, "link: (interval: {interval}, latency: {latency}, supervision_timeout: {timeout}),")
}

fn air(text: &mut String, fit: &Fit) -> fmt::Result {
    let (Some(all), Some(model)) = (fit.all(), fit.model()) else {
        return writeln!(text, "// air: no link layer in this capture, so its loss is not visible");
    };
    let count = fit.loss.all();
    writeln!(text, "// {} of {} packets lost: {}", count.lost, count.sent, interval(all))?;
    if fit.parameters.iter().any(|(own, _)| own.latency > 0) {
        writeln!(text, "// a peripheral with latency sleeps through events, which counts as loss here")?;
    }
    for (name, count) in ["central", "peripheral"].iter().zip(fit.loss.directions) {
        if let Some(share) = super::share(count.lost, count.sent) {
            writeln!(text, "//   of the {name}'s: {}", interval(share))?;
        }
    }
    if let Some(bursts) = fit.chain().and_then(bursts) {
        writeln!(text, "//   bursts last {bursts} connection events")?;
    }
    for channel in 0..CHANNELS {
        if let Some(share) = fit.channel(channel).filter(|_| fit.loss.channels[channel].sent >= ENOUGH) {
            let bursts = fit.channel_chain(channel).and_then(bursts);
            let bursts = bursts.map_or(String::new(), |bursts| format!(", bursts of {bursts} events there"));
            writeln!(text, "//   channel {channel:>2}: {}{bursts}", interval(share))?;
        }
    }
    match model {
        Model::Independent(share) if share.at == 0.0 => {
            writeln!(text, "air: (loss: None),")
        }
        Model::Independent(share) => writeln!(text, "air: (loss: Independent({})),", percent(share.at)),
        Model::Slots { worsens, recovers } => {
            writeln!(text, "// an event worsens {} and recovers {}", interval(worsens), interval(recovers))?;
            let (worsens, recovers) = (percent(worsens.at), percent(recovers.at));
            writeln!(text, "air: (loss: Slots(worsens: {worsens}, recovers: {recovers})),")
        }
    }
}

/// The mean length of bursts, with its interval.
fn bursts((_, recovers): (Share, Share)) -> Option<String> {
    if recovers.at == 0.0 || recovers.interval.low == 0.0 {
        return None;
    }
    let (mean, low, high) = (1.0 / recovers.at, 1.0 / recovers.interval.high, 1.0 / recovers.interval.low);
    Some(format!("{mean:.2} [{low:.2}, {high:.2}]"))
}

fn device(text: &mut String, side: Side, delays: &Delays) -> fmt::Result {
    writeln!(text, "\n// Into the device that is the {}:", side.name())?;
    let mut nothing = true;
    if let Some((mean, _)) = waits(&delays.arrives) {
        nothing = false;
        let range = range(mean.interval.low, mean.interval.high);
        writeln!(
            text,
            "// {} packets reach the host after a mean of {range}: its controller, the transport, the host",
            delays.arrives.len()
        )?;
        let host = waits(&delays.host).map_or(0.0, |(mean, _)| mean.at);
        writeln!(text, "host_delay: {},\nhci_delay: us(0),", time(whole(mean.at + host)))?;
    }
    let host: &[i64] = if delays.arrives.is_empty() { &delays.host } else { &[] };
    for (field, of) in [("host_delay", host), ("dh_key_time", &delays.dh_key[..])] {
        if let Some((mean, _)) = waits(of) {
            nothing = false;
            writeln!(text, "// {} waits, mean {}", of.len(), range(mean.interval.low, mean.interval.high))?;
            writeln!(text, "{field}: {},", time(whole(mean.at)))?;
        }
    }
    let mut user = Vec::new();
    for (field, of) in [("reads", &delays.reads), ("types", &delays.types)] {
        if let Some((mean, least)) = waits(of) {
            let more = time(whole(mean.at) - least);
            writeln!(
                text,
                "// {field}: {} waits, mean {}",
                of.len(),
                range(mean.interval.low, mean.interval.high)
            )?;
            user.push(format!("{field}: (least: {}, mean_more: {more})", time(least)));
        }
    }
    if !user.is_empty() {
        nothing = false;
        writeln!(text, "user: ({}),", user.join(", "))?;
    }
    if nothing {
        writeln!(text, "// how long it takes is not visible: its host pairs nowhere in this capture")?;
    }
    Ok(())
}

fn range(low: f64, high: f64) -> String {
    format!("[{}, {}]", time(whole(low)), time(whole(high)))
}

/// Whole microseconds.
#[expect(clippy::cast_possible_truncation, reason = "waits of captures are far below 2^53 us")]
fn whole(us: f64) -> i64 {
    us.round() as i64
}

/// A share as scenarios write it, to a hundred-thousandth of a percent.
fn percent(share: f64) -> String {
    let text = format!("{:.5}", share * 100.0);
    format!("percent({})", text.trim_end_matches('0').trim_end_matches('.'))
}

fn interval(share: Share) -> String {
    format!(
        "{:.2} % [{:.2}, {:.2}]",
        share.at * 100.0,
        share.interval.low * 100.0,
        share.interval.high * 100.0
    )
}
