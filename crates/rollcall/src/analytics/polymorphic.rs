//! Laravel's polymorphic columns: the few type names that count, each in its two spellings.
//!
//! Names are matched exactly and case-sensitively. Everything else counts nowhere and is a security event.

/// What a policy or a notification configuration may hang on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Configurable {
    /// The company itself.
    Company,
    /// One of its branches.
    Branch,
    /// One of its services.
    Service,
    /// One of its staff.
    Staff,
}

impl Configurable {
    /// All of them, the least specific first.
    pub const ALL: [Self; 4] = [Self::Company, Self::Branch, Self::Service, Self::Staff];

    /// The accepted spellings: the short one, then Laravel's class name.
    #[must_use]
    pub const fn names(self) -> [&'static str; 2] {
        match self {
            Self::Company => ["company", r"App\Models\Company"],
            Self::Branch => ["branch", r"App\Models\Branch"],
            Self::Service => ["service", r"App\Models\Service"],
            Self::Staff => ["staff", r"App\Models\Staff"],
        }
    }

    /// What `name` stands for; none for anything but an accepted spelling.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.names().contains(&name))
    }
}

/// Whom a notification may go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Notifiable {
    /// A customer.
    Customer,
    /// One of the staff.
    Staff,
    /// A user of the panel.
    User,
}

impl Notifiable {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Customer, Self::Staff, Self::User];

    /// The accepted spellings: the short one, then Laravel's class name.
    #[must_use]
    pub const fn names(self) -> [&'static str; 2] {
        match self {
            Self::Customer => ["customer", r"App\Models\Customer"],
            Self::Staff => ["staff", r"App\Models\Staff"],
            Self::User => ["user", r"App\Models\User"],
        }
    }

    /// What `name` stands for; none for anything but an accepted spelling.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.names().contains(&name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_accepted() {
        for it in Configurable::ALL {
            for name in it.names() {
                assert_eq!(Configurable::parse(name), Some(it), "{name}");
            }
        }
        for it in Notifiable::ALL {
            for name in it.names() {
                assert_eq!(Notifiable::parse(name), Some(it), "{name}");
            }
        }
        assert_eq!(Configurable::parse("App\\Models\\Company"), Some(Configurable::Company));
        assert_eq!(Notifiable::parse("App\\Models\\Customer"), Some(Notifiable::Customer));
    }

    #[test]
    fn nothing_else_is() {
        let hostile = [
            "",
            " company",
            "company ",
            "Company",
            "COMPANY",
            "companies",
            "App\\Models\\company",
            "\\App\\Models\\Company",
            "App\\\\Models\\\\Company",
            "App/Models/Company",
            "App\\Models\\User\0",
            "cοmpany",
            "Illuminate\\Broadcasting\\PendingBroadcast",
            "company' OR '1'='1",
        ];
        for name in hostile {
            assert_eq!(Configurable::parse(name), None, "{name:?}");
            assert_eq!(Notifiable::parse(name), None, "{name:?}");
        }
    }

    #[test]
    fn a_name_of_one_kind_is_not_one_of_the_other() {
        for name in ["customer", "user", "App\\Models\\User"] {
            assert_eq!(Configurable::parse(name), None, "{name}");
        }
        for name in ["company", "branch", "service"] {
            assert_eq!(Notifiable::parse(name), None, "{name}");
        }
    }
}
