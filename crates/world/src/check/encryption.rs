//! A link that counts as secured is encrypted, on both sides, with one key.

use blesim_controller::Role;
use blesim_host::Link;

/// A host that has a key for the link has a controller that encrypts, unless the link is already gone there.
pub(super) fn host_and_controller_agree(
    host: Link,
    mut controller: impl Iterator<Item = (u16, Role, bool)>,
) -> bool {
    match host {
        Link::Up { handle, key: Some(_), .. } => {
            controller.find(|link| link.0 == handle).is_none_or(|(_, _, encrypted)| encrypted)
        }
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
        let check = |host, controller: Option<(Role, bool)>, expected| {
            let links = controller.into_iter().map(|(role, encrypted)| (0x40, role, encrypted));
            assert_eq!(host_and_controller_agree(host, links), expected, "{host:?} {controller:?}");
        };
        check(up(Some(1)), Some((Role::Central, false)), false);
        check(up(Some(1)), Some((Role::Central, true)), true);
        check(up(None), Some((Role::Central, false)), true);
        check(up(Some(1)), None, true);
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
