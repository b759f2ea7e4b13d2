/// Whose series are written and asked for, of an engine that keeps several sites' or only one's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Whose {
    /// There are no others.
    #[default]
    All,
    /// The site's with this number. The default site's, 0, are named as if there were no others.
    Site(u32),
}

/// The tag that says of which site a series is.
pub(super) const TAG: &str = "site";

impl Whose {
    /// The number of the site.
    pub(super) const fn site(self) -> u32 {
        match self {
            Self::All => 0,
            Self::Site(site) => site,
        }
    }

    /// What of PromQL selects its series, to be put behind the first label of a selector.
    pub(super) fn matcher(self) -> String {
        match self {
            Self::All => String::new(),
            Self::Site(0) => format!(",{TAG}=\"\""),
            Self::Site(site) => format!(",{TAG}=\"{site}\""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_site_among_others_has_what_has_no_site() {
        assert_eq!(Whose::All.matcher(), "");
        assert_eq!(Whose::Site(0).matcher(), ",site=\"\"");
        assert_eq!(Whose::Site(7).matcher(), ",site=\"7\"");
    }
}
