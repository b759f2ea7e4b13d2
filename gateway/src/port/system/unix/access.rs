use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::Path;

use rustix::fs::Access as Wanted;

use crate::port::{Access, Holder};

/// Whether this user may open a port, without opening it.
pub(in crate::port) fn access(port: &str) -> Access {
    let Ok(metadata) = fs::metadata(port) else { return Access::Missing };
    if !metadata.file_type().is_char_device() {
        return Access::Missing;
    }
    if rustix::fs::access(port, Wanted::READ_OK | Wanted::WRITE_OK).is_err() {
        let mode = metadata.permissions().mode();
        return Access::NotPermitted { fix: fix(mode, &Group::of(metadata.gid())) };
    }
    let holders = holders(Path::new(port));
    if holders.is_empty() { Access::Free } else { Access::Busy(holders) }
}

/// The programs that have a port open, but for this one. Those of other users are seen by root
/// only.
pub(super) fn holders(port: &Path) -> Vec<Holder> {
    let Ok(port) = port.canonicalize() else { return Vec::new() };
    let Ok(device) = fs::metadata(&port) else { return Vec::new() };
    // A container has other ports by the same names.
    let is_port = |descriptor: &Path| {
        fs::read_link(descriptor).is_ok_and(|to| to == port)
            && fs::metadata(descriptor)
                .is_ok_and(|it| (it.dev(), it.ino()) == (device.dev(), device.ino()))
    };
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut holders: Vec<Holder> = processes
        .filter_map(|process| {
            let pid: u32 = process.file_name().to_str()?.parse().ok()?;
            let mut descriptors = fs::read_dir(process.path().join("fd")).ok()?.flatten();
            let holds = pid != std::process::id()
                && descriptors.any(|descriptor| is_port(&descriptor.path()));
            let name = || fs::read_to_string(process.path().join("comm")).unwrap_or_default();
            holds.then(|| Holder { pid, name: name().trim().to_owned() })
        })
        .collect();
    holders.sort_by_key(|holder| holder.pid);
    holders
}

/// A group of users, after /etc/group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Group {
    name: String,
    members: Vec<String>,
}

impl Group {
    fn of(gid: u32) -> Self {
        let groups = fs::read_to_string("/etc/group").unwrap_or_default();
        Self::find(&groups, gid)
            .unwrap_or_else(|| Self { name: gid.to_string(), members: Vec::new() })
    }

    fn find(groups: &str, gid: u32) -> Option<Self> {
        groups.lines().find_map(|line| {
            let fields: Vec<&str> = line.split(':').collect();
            let [name, _, number, members] = fields.as_slice() else { return None };
            let members = members.split(',').map(str::to_owned).collect();
            (number.parse() == Ok(gid)).then(|| Self { name: (*name).to_owned(), members })
        })
    }
}

/// What a user who may not open a port of this mode and group has to do.
fn fix(mode: u32, group: &Group) -> String {
    const GROUP_READS_AND_WRITES: u32 = 0o060;
    let Group { name, members } = group;
    if mode & GROUP_READS_AND_WRITES != GROUP_READS_AND_WRITES || name == "root" {
        return "only root may open it; install the udev rule 70-clouddata-smartmesh.rules and \
                plug the cable in again"
            .to_owned();
    }
    let user = std::env::var("USER").unwrap_or_default();
    if members.contains(&user) {
        return format!("this session began before {user} was in the group {name}: log in again");
    }
    format!("add the user to the group {name} (sudo usermod -aG {name} $USER) and log in again")
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use serialport::{SerialPort, TTYPort};

    use super::*;

    const GROUPS: &str = "root:x:0:\ndialout:x:20:ada,grace\n";

    #[test]
    fn who_may_not_open_a_port_is_told_what_to_do() {
        let dialout = Group::find(GROUPS, 20).unwrap();
        assert_eq!(dialout.members, ["ada", "grace"]);
        assert_eq!(Group::find(GROUPS, 21), None);
        assert!(fix(0o20660, &dialout).contains("usermod -aG dialout"));
        assert!(fix(0o20600, &dialout).contains("udev rule"));
        let root = Group::find(GROUPS, 0).unwrap();
        assert!(fix(0o20660, &root).contains("udev rule"));
    }

    #[test]
    fn a_port_that_is_not_there_is_missing() {
        assert_eq!(Access::of("/dev/ttyUSB-not-there"), Access::Missing);
    }

    #[test]
    fn the_program_that_has_a_port_open_is_named() {
        let (_master, slave) = TTYPort::pair().unwrap();
        let name = slave.name().unwrap();
        drop(slave);
        assert_eq!(Access::of(&name), Access::Free);
        let port = fs::File::open(&name).unwrap();
        let mut other = Command::new("sleep").arg("60").stdin(Stdio::from(port)).spawn().unwrap();
        let access = Access::of(&name);
        other.kill().unwrap();
        other.wait().unwrap();
        let Access::Busy(holders) = &access else { panic!("{access}") };
        assert_eq!(holders, &[Holder { pid: other.id(), name: "sleep".to_owned() }]);
        assert!(access.to_string().contains(&format!("sleep (process {})", other.id())));
    }
}
