use core::time::Duration;
use std::io;
use std::os::fd::AsFd;

#[cfg(target_os = "linux")]
pub(crate) fn set_send_timeout(socket: &impl AsFd, timeout: Duration) -> io::Result<bool> {
    let millis = u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX);
    rustix::net::sockopt::set_tcp_user_timeout(socket, millis)?;
    Ok(true)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn set_send_timeout(_: &impl AsFd, _: Duration) -> io::Result<bool> {
    Ok(false)
}
