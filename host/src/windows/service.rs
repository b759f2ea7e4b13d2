use core::time::Duration;
use std::ffi::{OsStr, OsString};
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use clap::Subcommand;
use windows_service::Error;
use windows_service::service::{
    ServiceAccess, ServiceAction, ServiceActionType, ServiceErrorControl, ServiceFailureActions,
    ServiceFailureResetPeriod, ServiceInfo, ServiceStartType, ServiceState, ServiceType,
};
use windows_service::service_manager::{ServiceManager, ServiceManagerAccess};

use super::{log_file, service_process};
use crate::{Failure, Service, configuration_file, exit, make_folder, remark};

/// As whom services run: somebody who may do no more than a user may.
const ACCOUNT: &str = r"NT AUTHORITY\LocalService";

/// The same for the rights of a folder.
const ACCOUNT_SID: &str = "*S-1-5-19";

/// How long after its end a service that has failed is started again.
const RESTART_DELAY: Duration = Duration::from_secs(5);

const ERROR_ACCESS_DENIED: i32 = 5;
const ERROR_SERVICE_DOES_NOT_EXIST: i32 = 1060;
const ERROR_SERVICE_EXISTS: i32 = 1073;

/// The commands that make a program a service.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum ServiceCommand {
    /// Have Windows run it in the background, from the machine's start on.
    Service {
        /// What to do.
        #[command(subcommand)]
        action: Action,
    },
}

/// What can be done about a service.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum Action {
    /// Install the service and start it. Its settings are those of the configuration file in
    /// %PROGRAMDATA%\clouddata, which is made unless there is one; its log is beside it.
    Install,
    /// Stop the service and remove it. Its configuration and what it has stored stay.
    Remove,
    /// Be the service: Windows starts this.
    Run,
}

impl ServiceCommand {
    /// Does it.
    ///
    /// # Errors
    /// If the system refuses, or the service cannot be used.
    pub fn obey(self, service: &'static Service) -> Result<(), Failure> {
        let Self::Service { action } = self;
        match action {
            Action::Install => install(service),
            Action::Remove => remove(service),
            Action::Run => service_process::run(service),
        }
    }
}

fn install(service: &Service) -> Result<(), Failure> {
    let configuration = configuration_file(service.configuration);
    let folder = configuration.parent().unwrap_or(&configuration);
    begin_configuration(folder, &configuration, service.template)?;
    let program = std::env::current_exe()
        .map_err(|error| Failure::new(exit::OS, format_args!("where this is: {error}")))?;
    let access = ServiceManagerAccess::CONNECT | ServiceManagerAccess::CREATE_SERVICE;
    let refused = |error| refused(service, &error);
    let manager = ServiceManager::local_computer(None::<&OsStr>, access).map_err(refused)?;
    let info = ServiceInfo {
        name: service.name.into(),
        display_name: service.title.into(),
        service_type: ServiceType::OWN_PROCESS,
        start_type: ServiceStartType::AutoStart,
        error_control: ServiceErrorControl::Normal,
        executable_path: program,
        launch_arguments: vec!["service".into(), "run".into()],
        dependencies: Vec::new(),
        account_name: Some(ACCOUNT.into()),
        account_password: None,
    };
    let access = ServiceAccess::CHANGE_CONFIG | ServiceAccess::START;
    let installed = manager.create_service(&info, access).map_err(refused)?;
    let described = installed
        .set_description(service.description)
        .and_then(|()| installed.update_failure_actions(starts_again()))
        .and_then(|()| installed.set_failure_actions_on_non_crash_failures(true));
    if let Err(error) = described {
        // It works without.
        let error = with_cause(&error);
        remark(format_args!("the service will not be started again when it has failed: {error}"));
    }
    installed.start(&[] as &[&OsStr]).map_err(refused)?;
    crate::print(format_args!(
        "the service {} is installed, and has been started; its settings are in {}, and its log is {}\n",
        service.name,
        configuration.display(),
        log_file::path(service.name).display()
    ))
}

/// Makes the folder that the service works in, and the configuration unless there is one.
fn begin_configuration(folder: &Path, file: &Path, template: &str) -> Result<(), Failure> {
    let failed = |error: io::Error| {
        Failure::new(
            exit::CANNOT_CREATE,
            format_args!("{} cannot be made: {error}", file.display()),
        )
    };
    make_folder(folder).map_err(failed)?;
    match OpenOptions::new().write(true).create_new(true).open(file) {
        Ok(mut made) => made.write_all(crate::template(template).as_bytes()).map_err(failed)?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(failed(error)),
    }
    // What administrators have made there before is theirs; the service has to write beside it.
    let rights = format!("{ACCOUNT_SID}:(OI)(CI)M");
    let granted = Command::new("icacls")
        .args([folder.as_os_str(), OsStr::new("/grant"), OsStr::new(&rights)])
        .stdout(Stdio::null())
        .status();
    if !granted.is_ok_and(|status| status.success()) {
        remark(format_args!(
            "the rights of {} are left as they are; the service may not be able to write there",
            folder.display()
        ));
    }
    Ok(())
}

/// As systemd does with our units: whatever it ended with, unless it was stopped.
fn starts_again() -> ServiceFailureActions {
    let restart = ServiceAction { action_type: ServiceActionType::Restart, delay: RESTART_DELAY };
    ServiceFailureActions {
        reset_period: ServiceFailureResetPeriod::After(Duration::from_secs(3600)),
        reboot_msg: None::<OsString>,
        command: None::<OsString>,
        actions: Some(vec![restart]),
    }
}

fn remove(service: &Service) -> Result<(), Failure> {
    let refused = |error| refused(service, &error);
    let manager = ServiceManager::local_computer(None::<&OsStr>, ServiceManagerAccess::CONNECT)
        .map_err(refused)?;
    let access = ServiceAccess::QUERY_STATUS | ServiceAccess::STOP | ServiceAccess::DELETE;
    let installed = manager.open_service(service.name, access).map_err(refused)?;
    // From now on it is gone as soon as it has stopped.
    installed.delete().map_err(refused)?;
    if installed.query_status().map_err(refused)?.current_state != ServiceState::Stopped {
        installed.stop().map_err(refused)?;
    }
    crate::print(format_args!("the service {} is removed\n", service.name))
}

fn refused(service: &Service, error: &Error) -> Failure {
    let name = service.name;
    let code = match error {
        Error::Winapi(error) => error.raw_os_error(),
        _ => None,
    };
    match code {
        Some(ERROR_ACCESS_DENIED) => Failure::new(
            exit::NO_PERMISSION,
            "only an administrator may do that: open a console with \"Run as administrator\"",
        ),
        Some(ERROR_SERVICE_EXISTS) => Failure::new(
            exit::CANNOT_CREATE,
            format_args!("there is a service {name} already; `{name} service remove` removes it"),
        ),
        Some(ERROR_SERVICE_DOES_NOT_EXIST) => {
            Failure::new(exit::UNAVAILABLE, format_args!("there is no service {name}"))
        }
        _ => Failure::new(exit::OS, format_args!("the service {name}: {}", with_cause(error))),
    }
}

fn with_cause(error: &Error) -> String {
    match error {
        Error::Winapi(cause) => format!("{error}: {cause}"),
        _ => error.to_string(),
    }
}
