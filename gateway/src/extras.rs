use core::fmt;

use manager_core::NotificationMask;
use serde::Deserialize;

/// What a gateway takes besides readings, health reports and events, if it is told to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extras {
    /// What motes' applications send to other ports than OAP's. It comes anyway.
    pub user_data: bool,
    /// IP packets of motes that are not plain UDP.
    pub ip_data: bool,
    /// Lines of motes' logs.
    pub log: bool,
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Extra {
    UserData,
    IpData,
    Log,
}

impl Extra {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::UserData, Self::IpData, Self::Log];

    /// What it is called in settings.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::UserData => "userData",
            Self::IpData => "ipData",
            Self::Log => "log",
        }
    }
}

impl Extras {
    pub(crate) const fn has(self, extra: Extra) -> bool {
        match extra {
            Extra::UserData => self.user_data,
            Extra::IpData => self.ip_data,
            Extra::Log => self.log,
        }
    }

    /// What a manager has to be subscribed to for them, besides data.
    pub(crate) fn mask(self) -> NotificationMask {
        let bits = |is_wanted, mask| if is_wanted { mask } else { NotificationMask::NONE };
        bits(self.ip_data, NotificationMask::IP_DATA) | bits(self.log, NotificationMask::LOG)
    }
}

impl FromIterator<Extra> for Extras {
    fn from_iter<I: IntoIterator<Item = Extra>>(extras: I) -> Self {
        let mut all = Self::default();
        for extra in extras {
            match extra {
                Extra::UserData => all.user_data = true,
                Extra::IpData => all.ip_data = true,
                Extra::Log => all.log = true,
            }
        }
        all
    }
}

impl fmt::Display for Extras {
    /// As in a configuration file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Extra::ALL.into_iter().filter(|&extra| self.has(extra));
        f.debug_list().entries(names.map(Extra::name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_subscribed_to_where_it_has_to_be_and_shown_as_it_is_set() {
        for (extras, bits, shown) in [
            (&[][..], 0, "[]"),
            (&[Extra::UserData], 0, r#"["userData"]"#),
            (&[Extra::Log, Extra::IpData, Extra::Log], 0x24, r#"["ipData", "log"]"#),
        ] {
            let extras: Extras = extras.iter().copied().collect();
            assert_eq!((extras.mask().0, extras.to_string().as_str()), (bits, shown));
        }
    }
}
