//! What events are made of: a thing, and what happened to it.

/// What a change is made to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Thing {
    /// An appointment.
    Appointment,
    /// A branch.
    Branch,
    /// What is kept of a company.
    Cache,
    /// A company.
    Company,
    /// A customer.
    Customer,
    /// The database's tables, triggers and indexes.
    Database,
    /// An import of a file.
    Import,
    /// A notification.
    Notification,
    /// A notification configuration.
    NotificationConfiguration,
    /// A policy.
    Policy,
    /// A service.
    Service,
    /// A company's settings.
    Settings,
    /// A member of staff.
    Staff,
    /// What is kept of a company's figures.
    Summaries,
    /// A token of the API.
    Token,
    /// A user.
    User,
}

impl Thing {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Appointment,
        Self::Branch,
        Self::Cache,
        Self::Company,
        Self::Customer,
        Self::Database,
        Self::Import,
        Self::Notification,
        Self::NotificationConfiguration,
        Self::Policy,
        Self::Service,
        Self::Settings,
        Self::Staff,
        Self::Summaries,
        Self::Token,
        Self::User,
    ];

    /// Its name in the audit log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Appointment => "appointment",
            Self::Branch => "branch",
            Self::Cache => "cache",
            Self::Company => "company",
            Self::Customer => "customer",
            Self::Database => "database",
            Self::Import => "import",
            Self::Notification => "notification",
            Self::NotificationConfiguration => "notification_configuration",
            Self::Policy => "policy",
            Self::Service => "service",
            Self::Settings => "settings",
            Self::Staff => "staff",
            Self::Summaries => "summaries",
            Self::Token => "token",
            Self::User => "user",
        }
    }
}

/// What happened to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// The program began to stand beside an application.
    Adopted,
    /// An import began.
    Begun,
    /// An appointment was made.
    Booked,
    /// An appointment was cancelled.
    Cancelled,
    /// What was kept was thrown away.
    Cleared,
    /// An appointment took place.
    Completed,
    /// It was made.
    Created,
    /// It is gone.
    Deleted,
    /// A message arrived.
    Delivered,
    /// An import came to its end.
    Ended,
    /// An operator went into a company.
    Entered,
    /// A message could not be delivered.
    Failed,
    /// A customer did not come.
    MissedByCustomer,
    /// Migrations were applied.
    Migrated,
    /// A password was replaced.
    PasswordSet,
    /// A message could not be sent this time, and is to be tried again.
    Postponed,
    /// A message waits to be sent.
    Queued,
    /// It was computed anew.
    Rebuilt,
    /// The program began to leave an application.
    Released,
    /// What was missing was put back.
    Repaired,
    /// An appointment was given another time.
    Rescheduled,
    /// A failed message is to be sent again.
    Retried,
    /// A token holds no longer.
    Revoked,
    /// A provider took a message.
    Sent,
    /// A user began a session.
    SignedIn,
    /// A user ended their session.
    SignedOut,
    /// Migrations were taken back.
    TakenBack,
    /// It was changed.
    Updated,
    /// A change was made against a policy, or a customer kept to none.
    Violated,
    /// A message that waited is not to be sent any longer.
    Withdrawn,
}

impl Verb {
    /// All of them.
    pub const ALL: [Self; 30] = [
        Self::Adopted,
        Self::Begun,
        Self::Booked,
        Self::Cancelled,
        Self::Cleared,
        Self::Completed,
        Self::Created,
        Self::Deleted,
        Self::Delivered,
        Self::Ended,
        Self::Entered,
        Self::Failed,
        Self::MissedByCustomer,
        Self::Migrated,
        Self::PasswordSet,
        Self::Postponed,
        Self::Queued,
        Self::Rebuilt,
        Self::Released,
        Self::Repaired,
        Self::Rescheduled,
        Self::Retried,
        Self::Revoked,
        Self::Sent,
        Self::SignedIn,
        Self::SignedOut,
        Self::TakenBack,
        Self::Updated,
        Self::Violated,
        Self::Withdrawn,
    ];

    /// Its name in the audit log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Adopted => "adopted",
            Self::Begun => "begun",
            Self::Booked => "booked",
            Self::Cancelled => "cancelled",
            Self::Cleared => "cleared",
            Self::Completed => "completed",
            Self::Created => "created",
            Self::Deleted => "deleted",
            Self::Delivered => "delivered",
            Self::Ended => "ended",
            Self::Entered => "entered",
            Self::Failed => "failed",
            Self::MissedByCustomer => "no_show",
            Self::Migrated => "migrated",
            Self::PasswordSet => "password_set",
            Self::Postponed => "postponed",
            Self::Queued => "queued",
            Self::Rebuilt => "rebuilt",
            Self::Released => "released",
            Self::Repaired => "repaired",
            Self::Rescheduled => "rescheduled",
            Self::Retried => "retried",
            Self::Revoked => "revoked",
            Self::Sent => "sent",
            Self::SignedIn => "signed_in",
            Self::SignedOut => "signed_out",
            Self::TakenBack => "taken_back",
            Self::Updated => "updated",
            Self::Violated => "violated",
            Self::Withdrawn => "withdrawn",
        }
    }
}
