//! What a token may be used for.

use std::fmt;
use std::str::FromStr;

use crate::nearest::nearest;

/// A part of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    /// Companies: for operators.
    Companies,
    /// Users: for admins.
    Users,
    /// Branches.
    Branches,
    /// Services.
    Services,
    /// Staff.
    Staff,
    /// Customers.
    Customers,
    /// Appointments.
    Appointments,
    /// Policies.
    Policies,
    /// Notification configurations.
    NotificationConfigurations,
    /// Notifications.
    Notifications,
    /// Widgets: read alone.
    Widgets,
    /// Summaries by day: read alone.
    Summaries,
}

impl Area {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Companies,
        Self::Users,
        Self::Branches,
        Self::Services,
        Self::Staff,
        Self::Customers,
        Self::Appointments,
        Self::Policies,
        Self::NotificationConfigurations,
        Self::Notifications,
        Self::Widgets,
        Self::Summaries,
    ];

    /// Its name: in abilities, and its part of the address.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Companies => "companies",
            Self::Users => "users",
            Self::Branches => "branches",
            Self::Services => "services",
            Self::Staff => "staff",
            Self::Customers => "customers",
            Self::Appointments => "appointments",
            Self::Policies => "policies",
            Self::NotificationConfigurations => "notification-configurations",
            Self::Notifications => "notifications",
            Self::Widgets => "widgets",
            Self::Summaries => "summaries",
        }
    }

    /// Whether there is anything to write in it.
    #[must_use]
    pub const fn is_written(self) -> bool {
        !matches!(self, Self::Widgets | Self::Summaries)
    }

    const fn bit(self, access: Access) -> u32 {
        1 << (self as u32 * 2 + access as u32)
    }
}

/// What is done in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Reading.
    Read,
    /// Writing; who may write may read.
    Write,
}

impl Access {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// A set of abilities: `appointments:write, customers:read`; `read` and `write` alone mean every area.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Abilities(u32);

/// A word that is no ability.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{written}` is no ability{hint}; write `read`, `write`, or an area and one of them, such as `customers:read`")]
pub struct UnknownAbility {
    written: String,
    hint: String,
}

impl Abilities {
    /// Every ability there is of that kind.
    #[must_use]
    pub fn all(access: Access) -> Self {
        let areas = Area::ALL.iter().filter(|area| access == Access::Read || area.is_written());
        let own = Self(areas.fold(0, |bits, area| bits | area.bit(access)));
        if access == Access::Write { own.and(Self::all(Access::Read)) } else { own }
    }

    /// Both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether it allows that.
    #[must_use]
    pub fn allow(self, area: Area, access: Access) -> bool {
        self.0 & area.bit(access) != 0
    }

    /// Whether it allows nothing.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn one(area: Area, access: Access) -> Self {
        Self(area.bit(access) | area.bit(Access::Read))
    }

    /// Every word that means an ability.
    fn words() -> impl Iterator<Item = (String, Self)> {
        let each = |access: Access| {
            let areas = Area::ALL.into_iter().filter(move |area| access == Access::Read || area.is_written());
            let one = move |area: Area| (format!("{}:{}", area.as_str(), access.as_str()), Self::one(area, access));
            std::iter::once((access.as_str().to_owned(), Self::all(access))).chain(areas.map(one))
        };
        each(Access::Read).chain(each(Access::Write))
    }
}

impl FromStr for Abilities {
    type Err = UnknownAbility;

    fn from_str(written: &str) -> Result<Self, UnknownAbility> {
        let words: Vec<_> = Self::words().collect();
        let mut abilities = Self::default();
        for word in written.split([',', ' ']).filter(|word| !word.is_empty()) {
            let known = words.iter().find(|(name, _)| name == word);
            let (_, ability) = known.ok_or_else(|| UnknownAbility {
                written: word.to_owned(),
                hint: nearest(word, words.iter().map(|(name, _)| name.as_str()))
                    .map_or_else(String::new, |name| format!("; did you mean `{name}`?")),
            })?;
            abilities = abilities.and(*ability);
        }
        Ok(abilities)
    }
}

impl fmt::Display for Abilities {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = *self;
        let mut names = Vec::new();
        for access in [Access::Write, Access::Read] {
            let all = Self::all(access);
            if !rest.is_empty() && rest.0 & all.0 == all.0 {
                rest.0 &= !all.0;
                names.push(access.as_str().to_owned());
            }
        }
        for area in Area::ALL {
            let access = [Access::Write, Access::Read].into_iter().find(|access| rest.allow(area, *access));
            names.extend(access.map(|access| format!("{}:{}", area.as_str(), access.as_str())));
        }
        to.write_str(&names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_is_allowed() {
        let some: Abilities = "appointments:write, customers:read".parse().unwrap();
        assert!(some.allow(Area::Appointments, Access::Write) && some.allow(Area::Appointments, Access::Read));
        assert!(some.allow(Area::Customers, Access::Read) && !some.allow(Area::Customers, Access::Write));
        assert!(!some.allow(Area::Staff, Access::Read));
        assert_eq!(some.to_string(), "customers:read, appointments:write");
        let mixed: Abilities = "read appointments:write".parse().unwrap();
        assert!(mixed.allow(Area::Widgets, Access::Read) && mixed.allow(Area::Appointments, Access::Write));
        assert!(!mixed.allow(Area::Staff, Access::Write));
        for (written, again) in [("write", "write"), ("read", "read"), ("", ""), ("write, read", "write")] {
            assert_eq!(written.parse::<Abilities>().unwrap().to_string(), again);
        }
    }

    #[test]
    fn every_set_survives_being_written_down() {
        for (_, one) in Abilities::words() {
            for (_, other) in Abilities::words() {
                let both = one.and(other);
                assert_eq!(both.to_string().parse(), Ok(both), "{both}");
            }
        }
        assert!(Abilities::words().map(|(name, _)| name.len() + 2).sum::<usize>() < 1024, "it fits its column");
    }

    #[test]
    fn a_typo_is_told() {
        let told = "customers:reed".parse::<Abilities>().unwrap_err().to_string();
        assert!(told.contains("did you mean `customers:read`?"), "{told}");
        assert!("widgets:write".parse::<Abilities>().is_err(), "there is nothing to write");
    }
}
