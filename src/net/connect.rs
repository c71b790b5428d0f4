//! From a host name to a transport connection: resolving, then one address after the other, under one deadline.
//!
//! Nothing here blocks: resolving runs on a thread of its own (the system's resolver cannot be interrupted, and
//! cancelling does not wait for it), connecting is a non-blocking attempt whose end the driver's owner waits for.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::Instant;

use super::sys::{Attempt, Socket};
use super::timeouts::{Limit, after, earlier};
use crate::error::{Cause, Error, Phase};

/// The peer of a connection to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// A name or a numeric address.
    pub host: String,
    /// 1 to 65535.
    pub port: u16,
}

impl Peer {
    /// The address, where the host is a numeric one.
    fn numeric(&self) -> Option<SocketAddr> {
        let host = self.host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(&self.host);
        host.parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, self.port))
    }
}

impl std::fmt::Display for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.host.contains(':') && !self.host.starts_with('[') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// What the resolver found.
pub(crate) type Resolved = io::Result<Vec<SocketAddr>>;

/// Finds what a name stands for. May take as long as it likes, or never return.
pub(crate) type Resolver = fn(&Peer) -> Resolved;

/// The system's resolver.
pub(crate) fn system_resolver(peer: &Peer) -> Resolved {
    (peer.host.as_str(), peer.port).to_socket_addrs().map(Iterator::collect)
}

/// Takes what the resolver found, on a thread of its own.
type Answer = Box<dyn FnOnce(Resolved) + Send>;

/// A connection on its way.
pub(crate) struct Dial {
    peer: Peer,
    source: Option<IpAddr>,
    limit: Limit,
    deadline: Option<Instant>,
    stage: Stage,
    last_failure: Option<(SocketAddr, io::Error)>,
}

enum Stage {
    /// Nothing was asked yet.
    Named(Resolver, Answer),
    Resolving,
    Connecting {
        waiting: VecDeque<SocketAddr>,
        attempt: Option<UnderWay>,
    },
}

#[derive(Debug)]
struct UnderWay {
    to: SocketAddr,
    socket: Arc<Socket>,
    /// This address's share of the time, so that one that does not answer leaves some to the others.
    until: Option<Instant>,
}

/// How far it is.
#[derive(Debug)]
pub(crate) enum Progress {
    /// Wait for [`Dial::socket`] to be writable, for the resolver, or for [`Dial::deadline`].
    Waiting,
    /// Done.
    Connected(Arc<Socket>, SocketAddr),
    /// No address answered.
    Failed(Error),
}

impl Dial {
    /// Begins with the first [`Dial::step`]. Where the host is a name, `resolver` is asked on another thread, which
    /// calls `answer`, and what it says must come back through [`Dial::resolved`].
    pub(crate) fn new(
        now: Instant,
        peer: Peer,
        source: Option<IpAddr>,
        limit: Limit,
        resolver: Resolver,
        answer: impl FnOnce(Resolved) + Send + 'static,
    ) -> Self {
        let stage = match peer.numeric() {
            Some(address) => Stage::Connecting { waiting: VecDeque::from([address]), attempt: None },
            None => Stage::Named(resolver, Box::new(answer)),
        };
        Self { peer, source, limit, deadline: after(now, limit), stage, last_failure: None }
    }

    /// The resolver's answer.
    pub(crate) fn resolved(&mut self, answer: Resolved) -> Result<(), Error> {
        let failed = |detail: String| {
            let host = self.peer.host.clone();
            Err(Error::new(Phase::Resolve, Cause::Resolve { host, detail }))
        };
        match answer {
            Ok(addresses) if addresses.is_empty() => failed("it has no address".to_owned()),
            Ok(addresses) => {
                self.stage = Stage::Connecting { waiting: addresses.into(), attempt: None };
                Ok(())
            }
            Err(error) => failed(words(&error)),
        }
    }

    /// Goes on as far as it can without waiting. `writable`: the socket has become so since the last call.
    pub(crate) fn step(&mut self, now: Instant, writable: bool) -> Progress {
        let over = self.deadline.is_some_and(|deadline| deadline <= now);
        if matches!(self.stage, Stage::Named(..))
            && let Stage::Named(resolver, answer) = std::mem::replace(&mut self.stage, Stage::Resolving)
            && let Err(error) = resolve(self.peer.clone(), resolver, answer)
        {
            let detail = format!("no thread for resolving {}: {}", self.peer.host, words(&error));
            let error = Error::new(Phase::Resolve, Cause::Resources(detail));
            return Progress::Failed(error);
        }
        let Stage::Connecting { waiting, attempt } = &mut self.stage else {
            return if over { Progress::Failed(self.timed_out(Phase::Resolve)) } else { Progress::Waiting };
        };
        if let Some(current) = attempt.take() {
            if writable {
                match current.socket.failure() {
                    // Room to write on the socket of the attempt before this one: this one is still under way.
                    Ok(()) if !current.socket.is_connected() => {
                        if !over {
                            *attempt = Some(current);
                            return Progress::Waiting;
                        }
                    }
                    Ok(()) if !is_self(&current.socket, current.to) => {
                        return Progress::Connected(current.socket, current.to);
                    }
                    Ok(()) => self.last_failure = Some((current.to, refused())),
                    Err(error) => self.last_failure = Some((current.to, error)),
                }
            } else if current.until.is_some_and(|until| until <= now) {
                self.last_failure = Some((current.to, io::ErrorKind::TimedOut.into()));
            } else if !over {
                *attempt = Some(current);
                return Progress::Waiting;
            }
        }
        if over {
            return Progress::Failed(self.timed_out(Phase::Connect));
        }
        while let Some(to) = waiting.pop_front() {
            let source = self.source.map(|ip| SocketAddr::new(ip, 0));
            match Socket::connect(to, source) {
                Ok(Attempt::Connected(socket)) if is_self(&socket, to) => {
                    self.last_failure = Some((to, refused()));
                }
                Ok(Attempt::Connected(socket)) => return Progress::Connected(Arc::new(socket), to),
                Ok(Attempt::UnderWay(socket)) => {
                    let until = share(now, self.deadline, waiting.len());
                    *attempt = Some(UnderWay { to, socket: Arc::new(socket), until });
                    return Progress::Waiting;
                }
                Err(error) => self.last_failure = Some((to, error)),
            }
        }
        Progress::Failed(self.failed())
    }

    /// The socket to wait for, for writing.
    pub(crate) fn socket(&self) -> Option<&Arc<Socket>> {
        match &self.stage {
            Stage::Connecting { attempt: Some(attempt), .. } => Some(&attempt.socket),
            _ => None,
        }
    }

    /// When [`Dial::step`] must be called at the latest.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match &self.stage {
            Stage::Connecting { attempt: Some(attempt), .. } => earlier(self.deadline, attempt.until),
            _ => self.deadline,
        }
    }

    pub(crate) fn phase(&self) -> Phase {
        match self.stage {
            Stage::Named(..) | Stage::Resolving => Phase::Resolve,
            Stage::Connecting { .. } => Phase::Connect,
        }
    }

    /// No address is left. Where the system lost patience before us, the time was its own: that is no limit of ours.
    fn failed(&self) -> Error {
        let Some((to, error)) = &self.last_failure else { return self.timed_out(Phase::Connect) };
        let cause = Cause::Connect {
            address: to.to_string(),
            os: error.raw_os_error().unwrap_or(0),
            detail: words(error),
        };
        Error::new(Phase::Connect, cause)
    }

    fn timed_out(&self, phase: Phase) -> Error {
        Error::new(phase, Cause::Timeout { limit: self.limit.unwrap_or_default() })
    }
}

/// An equal share of what is left of the time for this address and those still `waiting`.
fn share(now: Instant, deadline: Option<Instant>, waiting: usize) -> Option<Instant> {
    let left = deadline?.saturating_duration_since(now);
    let parts = u32::try_from(waiting.saturating_add(1)).unwrap_or(u32::MAX);
    now.checked_add(left / parts)
}

/// A connection to a free port of one's own range can meet itself (simultaneous open): nobody listens there.
fn is_self(socket: &Socket, to: SocketAddr) -> bool {
    to.ip().is_loopback() && socket.local_addr().is_ok_and(|local| local == to)
}

fn refused() -> io::Error {
    io::ErrorKind::ConnectionRefused.into()
}

/// Asks the resolver on a thread of its own, which ends by itself.
fn resolve(peer: Peer, resolver: Resolver, answer: Answer) -> io::Result<()> {
    std::thread::Builder::new().name("dimse-resolve".to_owned()).spawn(move || answer(resolver(&peer)))?;
    Ok(())
}

/// The system's words without Rust's "(os error N)": the number travels beside them.
pub(crate) fn words(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text.get(..end).unwrap_or(&text).to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn dial(host: &str, port: u16, limit: Duration) -> (Dial, Instant) {
        let now = Instant::now();
        let peer = Peer { host: host.to_owned(), port };
        (Dial::new(now, peer, None, Some(limit), system_resolver, |_| ()), now)
    }

    #[test]
    fn an_address_that_does_not_answer_leaves_time_to_the_others() {
        let now = Instant::now();
        let deadline = now.checked_add(Duration::from_secs(10));
        assert_eq!(share(now, deadline, 1), now.checked_add(Duration::from_secs(5)));
        assert_eq!(share(now, deadline, 0), deadline);
        assert_eq!(share(now, None, 3), None);
    }

    #[test]
    fn an_address_that_refuses_is_followed_by_the_next() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let listening = listener.local_addr().unwrap();
        let refusing = SocketAddr::new([127, 0, 0, 2].into(), listening.port());
        let connect = |addresses: Vec<SocketAddr>| {
            let (mut dial, now) = dial("pacs.example", listening.port(), Duration::from_secs(10));
            dial.resolved(Ok(addresses)).unwrap();
            loop {
                match dial.step(now, true) {
                    Progress::Waiting => std::thread::sleep(Duration::from_millis(1)),
                    progress => return progress,
                }
            }
        };
        let Progress::Connected(_, to) = connect(vec![refusing, refusing, listening]) else {
            panic!("not connected");
        };
        assert_eq!(to, listening);
        let Progress::Failed(error) = connect(vec![refusing, refusing]) else { panic!("connected") };
        assert!(matches!(error.cause(), Cause::Connect { address, .. } if *address == refusing.to_string()));
    }

    #[test]
    fn numeric_hosts_need_no_resolver() {
        for host in ["192.0.2.7", "::1", "[::1]"] {
            assert!(Peer { host: host.to_owned(), port: 104 }.numeric().is_some(), "{host}");
        }
        assert!(Peer { host: "pacs.example".to_owned(), port: 104 }.numeric().is_none());
        assert_eq!(Peer { host: "::1".to_owned(), port: 104 }.to_string(), "[::1]:104");
    }

    #[test]
    fn a_name_without_address_is_an_error_of_its_own() {
        let (mut dial, now) = dial("name.invalid", 104, Duration::from_secs(10));
        assert!(matches!(dial.step(now, false), Progress::Waiting));
        let error = dial.resolved(Err(io::Error::other("no such host"))).unwrap_err();
        assert_eq!(error.phase(), Phase::Resolve);
        assert!(error.to_string().contains("name.invalid"), "{error}");
    }

    #[test]
    fn a_time_that_is_the_systems_is_not_said_to_be_ours() {
        let (mut dial, now) = dial("192.0.2.7", 104, Duration::from_secs(600));
        let address = SocketAddr::new([192, 0, 2, 7].into(), 104);
        dial.stage = Stage::Connecting { waiting: VecDeque::new(), attempt: None };
        dial.last_failure = Some((address, io::ErrorKind::TimedOut.into()));
        let Progress::Failed(error) = dial.step(now, false) else { panic!("still waiting") };
        assert!(
            matches!(error.cause(), Cause::Connect { address, .. } if address == "192.0.2.7:104"),
            "{error}"
        );
    }

    #[test]
    fn a_resolver_that_never_answers_ends_at_the_deadline() {
        let (mut dial, now) = dial("name.invalid", 104, Duration::from_secs(10));
        let Progress::Failed(error) = dial.step(now + Duration::from_secs(10), false) else {
            panic!("still waiting")
        };
        assert_eq!(
            (error.phase(), error.cause()),
            (Phase::Resolve, &Cause::Timeout { limit: Duration::from_secs(10) })
        );
    }
}
