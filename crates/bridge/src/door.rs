//! Where clients come in: a listening socket, or a pseudo terminal that is open from the start.
//!
//! Invariant: a door takes away what it has put into the file system. A socket file that nobody listens on any
//! more is taken over; any other file is left alone.

use crate::endpoint::Endpoint;
use crate::line::Carrier;
use core::fmt;
use std::io::{self, ErrorKind};
use std::net::TcpListener;
#[cfg(unix)]
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// Why a door can't be opened.
#[derive(Debug)]
pub struct DoorError {
    endpoint: Endpoint,
    error: io::Error,
}

impl fmt::Display for DoorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { endpoint, error } = self;
        match (endpoint, error.kind()) {
            (Endpoint::Tcp(_), ErrorKind::AddrInUse) => {
                write!(f, "{endpoint} is in use by another program: take another port, or tcp:0 for any")
            }
            (Endpoint::Unix(_), ErrorKind::AddrInUse) => {
                write!(f, "{endpoint} is in use by another program: take another path")
            }
            (Endpoint::Unix(_) | Endpoint::Pty(_), ErrorKind::AlreadyExists) => {
                write!(f, "{endpoint}: there is a file of this name already; take another path or remove it")
            }
            _ => write!(f, "cannot open {endpoint}: {error}"),
        }
    }
}

impl core::error::Error for DoorError {}

/// An open door.
#[derive(Debug)]
pub(crate) enum Door {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixListener, Placed),
    /// A terminal: whoever opens it is there, and nobody can be seen to leave.
    #[cfg(unix)]
    Pty(pty::Terminal),
}

/// A file of ours, removed in the end.
#[derive(Debug)]
pub(crate) struct Placed(PathBuf);

impl Drop for Placed {
    fn drop(&mut self) {
        // If somebody else has removed it, so much the better.
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Door {
    /// Opens a door at the endpoint.
    pub(crate) fn open(endpoint: &Endpoint) -> Result<Self, DoorError> {
        let opened = match endpoint {
            Endpoint::Tcp(address) => TcpListener::bind(address).and_then(|listener| {
                listener.set_nonblocking(true)?;
                Ok(Self::Tcp(listener))
            }),
            #[cfg(unix)]
            Endpoint::Unix(path) => socket(path),
            #[cfg(unix)]
            Endpoint::Pty(link) => pty::Terminal::open(link.as_deref()).map(Self::Pty),
            #[cfg(not(unix))]
            Endpoint::Unix(_) | Endpoint::Pty(_) => Err(ErrorKind::Unsupported.into()),
        };
        opened.map_err(|error| DoorError { endpoint: endpoint.clone(), error })
    }

    /// Goes to the endpoint, as a client.
    pub(crate) fn reach(endpoint: &Endpoint) -> Result<Carrier, DoorError> {
        let reached = match endpoint {
            Endpoint::Tcp(address) => std::net::TcpStream::connect(address).and_then(|stream| {
                stream.set_nonblocking(true)?;
                stream.set_nodelay(true)?;
                Ok(Carrier::Tcp(stream))
            }),
            #[cfg(unix)]
            Endpoint::Unix(path) => UnixStream::connect(path).and_then(|stream| {
                stream.set_nonblocking(true)?;
                Ok(Carrier::Unix(stream))
            }),
            #[cfg(unix)]
            Endpoint::Pty(_) => Err(ErrorKind::Unsupported.into()),
            #[cfg(not(unix))]
            Endpoint::Unix(_) | Endpoint::Pty(_) => Err(ErrorKind::Unsupported.into()),
        };
        reached.map_err(|error| DoorError { endpoint: endpoint.clone(), error })
    }

    /// Where it is, as a client has to say it.
    pub(crate) fn place(&self) -> String {
        match self {
            Self::Tcp(listener) => {
                listener.local_addr().map_or_else(|_| "tcp".to_owned(), |address| format!("tcp:{address}"))
            }
            #[cfg(unix)]
            Self::Unix(_, placed) => format!("unix:{}", placed.0.display()),
            #[cfg(unix)]
            Self::Pty(terminal) => format!("pty:{}", terminal.path().display()),
        }
    }

    /// Whoever waits before it, if anybody does.
    pub(crate) fn accept(&mut self) -> io::Result<Option<Carrier>> {
        let accepted = match self {
            Self::Tcp(listener) => listener.accept().and_then(|(stream, _)| {
                stream.set_nonblocking(true)?;
                stream.set_nodelay(true)?;
                Ok(Carrier::Tcp(stream))
            }),
            #[cfg(unix)]
            Self::Unix(listener, _) => listener.accept().and_then(|(stream, _)| {
                stream.set_nonblocking(true)?;
                Ok(Carrier::Unix(stream))
            }),
            #[cfg(unix)]
            Self::Pty(terminal) => match terminal.take() {
                Some(file) => Ok(Carrier::Pty(file)),
                None => Err(ErrorKind::WouldBlock.into()),
            },
        };
        match accepted {
            Ok(carrier) => Ok(Some(carrier)),
            // The client was gone before it could be greeted.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::WouldBlock | ErrorKind::ConnectionAborted | ErrorKind::Interrupted
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

#[cfg(unix)]
impl Door {
    /// What to watch for a client; a terminal has nothing to wait for.
    pub(crate) fn watched(&self) -> Option<std::os::fd::BorrowedFd<'_>> {
        use std::os::fd::AsFd;
        match self {
            Self::Tcp(listener) => Some(listener.as_fd()),
            Self::Unix(listener, _) => Some(listener.as_fd()),
            Self::Pty(_) => None,
        }
    }
}

#[cfg(unix)]
fn socket(path: &Path) -> io::Result<Door> {
    use std::os::unix::fs::FileTypeExt;
    let bound = match UnixListener::bind(path) {
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            let found = std::fs::symlink_metadata(path)?;
            if !found.file_type().is_socket() {
                return Err(ErrorKind::AlreadyExists.into());
            }
            if UnixStream::connect(path).is_ok() {
                return Err(error);
            }
            // A server that was killed has left it.
            std::fs::remove_file(path)?;
            UnixListener::bind(path)
        }
        bound => bound,
    }?;
    bound.set_nonblocking(true)?;
    Ok(Door::Unix(bound, Placed(path.to_path_buf())))
}

#[cfg(unix)]
mod pty {
    //! A pseudo terminal that passes octets on as they are.

    use super::Placed;
    use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
    use std::fs::{File, OpenOptions};
    use std::io;
    use std::path::{Path, PathBuf};

    /// A terminal with both its ends.
    #[derive(Debug)]
    pub(crate) struct Terminal {
        /// Our end, until somebody is given it.
        master: Option<File>,
        /// Kept open, so that our end does not end with the first client.
        _slave: File,
        path: PathBuf,
        link: Option<Placed>,
    }

    impl Terminal {
        pub(super) fn open(link: Option<&Path>) -> io::Result<Self> {
            let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
            grantpt(&master)?;
            unlockpt(&master)?;
            let name = ptsname(&master, Vec::new())?;
            let path = PathBuf::from(name.to_str().map_err(|_| io::ErrorKind::InvalidData)?);
            let slave = OpenOptions::new().read(true).write(true).open(&path)?;
            let mut settings = tcgetattr(&slave)?;
            settings.make_raw();
            tcsetattr(&slave, OptionalActions::Now, &settings)?;
            fcntl_setfl(&master, fcntl_getfl(&master)? | OFlags::NONBLOCK)?;
            let link = match link {
                Some(link) => {
                    std::os::unix::fs::symlink(&path, link)?;
                    Some(Placed(link.to_path_buf()))
                }
                None => None,
            };
            Ok(Self { master: Some(File::from(master)), _slave: slave, path, link })
        }

        /// Where a client finds it.
        pub(super) fn path(&self) -> &Path {
            self.link.as_ref().map_or(&self.path, |placed| &placed.0)
        }

        /// Our end.
        pub(super) fn take(&mut self) -> Option<File> {
            self.master.take()
        }
    }
}
