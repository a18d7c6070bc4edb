//! A link that counts as secured is encrypted, on both sides, with one key.

use blesim_host::Link;

/// A host that has a key for the link has a controller that sends nothing of its data in the clear, unless the link
/// is already gone there.
#[inline]
pub(super) fn host_and_controller_agree(host: &Link, sends_plain: impl FnOnce(u16) -> bool) -> bool {
    match *host {
        Link::Up { handle, key: Some(_), .. } => !sends_plain(handle),
        Link::Up { .. } | Link::Down | Link::Connecting { .. } | Link::Cancelling | Link::Ending => true,
    }
}

/// Two hosts that both have their link secured have it with the same key, while it is up for both.
pub(super) fn keys_agree(first: Link, second: Link) -> bool {
    match (first, second) {
        (Link::Up { key: first, .. }, Link::Up { key: second, .. }) => first.is_some() && first == second,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use blesim_packet::Address;

    fn up(key: Option<u128>) -> Link {
        Link::Up { handle: 0x40, peer: Address::public([1; 6]), key }
    }

    /// A seeded breach: a host with a key above a controller that sends in the clear.
    #[test]
    fn a_plain_link_taken_for_encrypted_is_found() {
        let check = |host: Link, plain: &[u16], expected| {
            let agree = host_and_controller_agree(&host, |handle| plain.contains(&handle));
            assert_eq!(agree, expected, "{host:?} {plain:?}");
        };
        check(up(Some(1)), &[0x41, 0x40], false);
        check(up(Some(1)), &[0x41], true);
        check(up(None), &[0x40], true);
        check(Link::Ending, &[0x40], true);
    }

    /// Seeded breaches: two secured links with different keys, and one without any.
    #[test]
    fn different_keys_are_found() {
        let check = |first, second, expected| assert_eq!(keys_agree(first, second), expected);
        check(up(Some(1)), up(Some(2)), false);
        check(up(None), up(None), false);
        check(up(Some(1)), up(Some(1)), true);
        check(up(Some(1)), Link::Down, true);
    }
}
