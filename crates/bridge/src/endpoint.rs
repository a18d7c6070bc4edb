//! Where a host or a controller is met: `tcp:9721`, `tcp:HOST:PORT`, `unix:PATH`, `pty`, `pty:LINK`.
//!
//! Invariant: what prints parses to the same again.

use core::fmt;
use core::str::FromStr;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// A place to meet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Endpoint {
    /// A TCP port of an address of this machine, or of another to connect to.
    Tcp(SocketAddr),
    /// A Unix socket.
    Unix(PathBuf),
    /// A pseudo terminal, with a link to it if there is to be one.
    Pty(Option<PathBuf>),
}

/// Why a text names no place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EndpointError {
    text: String,
    why: &'static str,
}

impl fmt::Display for EndpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, why } = self;
        write!(f, "`{text}` {why}; write tcp:PORT, tcp:ADDRESS:PORT, unix:PATH, pty or pty:LINK")
    }
}

impl core::error::Error for EndpointError {}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        let error = |why| EndpointError { text: text.to_owned(), why };
        match text.split_once(':') {
            None if text == "pty" => Ok(Self::Pty(None)),
            Some(("pty" | "unix", "")) => Err(error("has no path")),
            Some(("pty", link)) => Ok(Self::Pty(Some(link.into()))),
            Some(("unix", path)) => Ok(Self::Unix(path.into())),
            Some(("tcp", place)) => {
                if place.bytes().all(|octet| octet.is_ascii_digit()) {
                    let port = place.parse().map_err(|_| error("has no port between 0 and 65535"))?;
                    return Ok(Self::Tcp(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)));
                }
                let place = place.replacen("localhost:", "127.0.0.1:", 1);
                place.parse().map(Self::Tcp).map_err(|_| error("is no address with a port"))
            }
            _ => Err(error("names no kind of place")),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "tcp:{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Pty(None) => f.write_str("pty"),
            Self::Pty(Some(link)) => write!(f, "pty:{}", link.display()),
        }
    }
}

impl Endpoint {
    /// Whether only this machine can come here.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().is_loopback(),
            Self::Unix(_) | Self::Pty(_) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every form, and what is said of those that are none.
    #[test]
    fn places_are_read_and_printed() {
        let check = |text: &str, expected: Result<&str, &str>| {
            let got = text.parse::<Endpoint>().map(|place| place.to_string()).map_err(|error| error.why);
            assert_eq!(got, expected.map(str::to_owned), "{text}");
        };
        check("tcp:9721", Ok("tcp:127.0.0.1:9721"));
        check("tcp:localhost:9721", Ok("tcp:127.0.0.1:9721"));
        check("tcp:0.0.0.0:1", Ok("tcp:0.0.0.0:1"));
        check("tcp:[::1]:9721", Ok("tcp:[::1]:9721"));
        check("unix:run/a:b", Ok("unix:run/a:b"));
        check("pty", Ok("pty"));
        check("pty:./hci0", Ok("pty:./hci0"));
        check("tcp:70000", Err("has no port between 0 and 65535"));
        check("tcp:", Err("has no port between 0 and 65535"));
        check("tcp:example.org:1", Err("is no address with a port"));
        check("unix:", Err("has no path"));
        check("serial", Err("names no kind of place"));
        check("usb:0", Err("names no kind of place"));
    }

    /// Only what is beyond this machine needs to be asked for.
    #[test]
    fn loopback_is_local() {
        for (text, local) in [("tcp:1", true), ("tcp:[::1]:1", true), ("tcp:0.0.0.0:1", false), ("pty", true)]
        {
            assert_eq!(text.parse::<Endpoint>().map(|place| place.is_local()), Ok(local), "{text}");
        }
    }
}
