//! Messages to the service manager (sd_notify(3)): one datagram to the socket that it names.

use napi_derive::napi;

/// Sends `state`, lines of `NAME=value`; false where no service manager listens.
#[napi]
pub fn notify_manager(state: String) -> bool {
    std::env::var_os("NOTIFY_SOCKET").is_some_and(|socket| send(&socket, state.as_bytes()).is_ok())
}

#[cfg(target_os = "linux")]
fn send(socket: &std::ffi::OsStr, state: &[u8]) -> std::io::Result<()> {
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::net::{SocketAddr, UnixDatagram};
    let address = match socket.as_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        _ => SocketAddr::from_pathname(socket)?,
    };
    UnixDatagram::unbound()?.send_to_addr(state, &address).map(drop)
}

#[cfg(not(target_os = "linux"))]
fn send(_socket: &std::ffi::OsStr, _state: &[u8]) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}
