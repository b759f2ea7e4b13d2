//! Windows' service manager, if that has started this.

use core::time::Duration;
use std::sync::{Mutex, PoisonError};

use windows_service::service::{
    ServiceControlAccept, ServiceExitCode, ServiceState, ServiceStatus, ServiceType,
};
use windows_service::service_control_handler::ServiceStatusHandle;

use crate::exit;

/// How long the start may take if nothing is said of it, and the stop.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was said last, and to whom. A process is one service at most.
static SAID: Mutex<Option<Said>> = Mutex::new(None);

#[derive(Clone, Copy, Debug)]
struct Said {
    handle: ServiceStatusHandle,
    state: ServiceState,
    /// Which of several such states this is: the manager wants to see that there is progress.
    step: u32,
}

pub(super) fn begin(handle: ServiceStatusHandle) {
    *said() = Some(Said { handle, state: ServiceState::StartPending, step: 0 });
    tell(ServiceState::StartPending, PATIENCE, exit::SUCCESS);
}

pub(super) fn end(code: u8) {
    tell(ServiceState::Stopped, Duration::ZERO, code);
}

pub(crate) fn ready() {
    tell(ServiceState::Running, Duration::ZERO, exit::SUCCESS);
}

pub(crate) fn starting(more: Duration) {
    tell(ServiceState::StartPending, more, exit::SUCCESS);
}

pub(crate) fn stopping() {
    tell(ServiceState::StopPending, PATIENCE, exit::SUCCESS);
}

/// It does not look whether a service hangs.
pub(crate) fn watchdog() -> Option<Duration> {
    None
}

pub(crate) fn alive(_: Option<&str>) {}

fn tell(state: ServiceState, wait_hint: Duration, code: u8) {
    let mut said = said();
    let Some(said) = said.as_mut() else { return };
    // A gateway that goes on with another configuration is ready once more, and one that is stopping
    // or has stopped never again.
    let goes_back = matches!(
        (said.state, state),
        (ServiceState::StopPending, ServiceState::Running | ServiceState::StartPending)
            | (ServiceState::Stopped, _)
    );
    if goes_back {
        return;
    }
    let is_pending = matches!(state, ServiceState::StartPending | ServiceState::StopPending);
    said.step = if is_pending { said.step + 1 } else { 0 };
    said.state = state;
    let exit_code = match code {
        exit::SUCCESS => ServiceExitCode::NO_ERROR,
        code => ServiceExitCode::ServiceSpecific(u32::from(code)),
    };
    let controls_accepted = match state {
        ServiceState::Stopped => ServiceControlAccept::empty(),
        _ => {
            ServiceControlAccept::STOP
                | ServiceControlAccept::SHUTDOWN
                | ServiceControlAccept::PARAM_CHANGE
        }
    };
    let status = ServiceStatus {
        service_type: ServiceType::OWN_PROCESS,
        current_state: state,
        controls_accepted,
        exit_code,
        checkpoint: said.step,
        wait_hint,
        process_id: None,
    };
    if let Err(error) = said.handle.set_service_status(status) {
        tracing::debug!(%error, "the service manager cannot be told");
    }
}

fn said() -> std::sync::MutexGuard<'static, Option<Said>> {
    SAID.lock().unwrap_or_else(PoisonError::into_inner)
}
