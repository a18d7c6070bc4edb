//! Sleeps until somebody outside does something, or it is time.

use crate::door::Door;
use crate::line::Line;
use core::time::Duration;
use std::io;

/// Waits for any of these, for at most `nap`.
#[cfg(unix)]
pub(crate) fn wait<'a>(
    nap: Duration,
    seats: impl Iterator<Item = (Option<&'a Door>, Option<&'a Line>)>,
) -> io::Result<()> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::Errno;
    let mut watched = Vec::new();
    for (door, line) in seats {
        if let Some(door) = door.and_then(Door::watched) {
            watched.push(PollFd::from_borrowed_fd(door, PollFlags::IN));
        }
        if let Some(line) = line {
            // What does not read is not heard any further.
            let mut flags = if line.is_crowded() { PollFlags::empty() } else { PollFlags::IN };
            flags.set(PollFlags::OUT, line.has_more());
            watched.push(PollFd::new(&line.carrier, flags));
        }
    }
    let timeout = Timespec {
        tv_sec: i64::try_from(nap.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(nap.subsec_nanos()),
    };
    match poll(&mut watched, Some(&timeout)) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Where nothing can be watched together, looks again soon.
#[cfg(not(unix))]
pub(crate) fn wait<'a>(
    nap: Duration,
    _: impl Iterator<Item = (Option<&'a Door>, Option<&'a Line>)>,
) -> io::Result<()> {
    std::thread::sleep(nap.min(Duration::from_millis(1)));
    Ok(())
}
