//! The process that Windows' service manager has started.

use std::ffi::OsString;
use std::sync::OnceLock;

use windows_service::service::ServiceControl;
use windows_service::service_control_handler::{self, ServiceControlHandlerResult};
use windows_service::{Error, define_windows_service, service_dispatcher};

use super::{log_file, signals, supervisor};
use crate::{Failure, Service, Signal, exit};

/// The manager calls a function without telling it what it is to do.
static SERVICE: OnceLock<&'static Service> = OnceLock::new();

const ERROR_FAILED_SERVICE_CONTROLLER_CONNECT: i32 = 1063;

define_windows_service!(serve_in_thread, serve);

/// Is the service until it is stopped.
pub(super) fn run(service: &'static Service) -> Result<(), Failure> {
    SERVICE.get_or_init(|| service);
    log_file::begin(service.name);
    service_dispatcher::start(service.name, serve_in_thread).map_err(|error| match error {
        Error::Winapi(error)
            if error.raw_os_error() == Some(ERROR_FAILED_SERVICE_CONTROLLER_CONNECT) =>
        {
            let name = service.name;
            let reason = format_args!("Windows starts this; `{name} service install` has it do so");
            Failure::new(exit::USAGE, reason)
        }
        error => Failure::new(exit::OS, error),
    })
}

fn serve(_: Vec<OsString>) {
    let Some(service) = SERVICE.get() else { return };
    match service_control_handler::register(service.name, handle_control) {
        Ok(handle) => supervisor::begin(handle),
        Err(error) => {
            tracing::error!(%error, "the service manager cannot be told");
            return;
        }
    }
    let code = match (service.run)() {
        Ok(()) => exit::SUCCESS,
        Err(failure) => {
            tracing::error!(exit_code = failure.code(), "{}", failure.reason());
            failure.code()
        }
    };
    supervisor::end(code);
}

fn handle_control(control: ServiceControl) -> ServiceControlHandlerResult {
    match control {
        ServiceControl::Interrogate => {}
        ServiceControl::Stop | ServiceControl::Shutdown => {
            supervisor::stopping();
            signals::tell(Signal::Stop);
        }
        ServiceControl::ParamChange => {
            signals::tell(Signal::Reload);
        }
        _ => return ServiceControlHandlerResult::NotImplemented,
    }
    ServiceControlHandlerResult::NoError
}
