//! What events are made of: a thing, and what happened to it.

/// What a change is made to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Thing {
    /// An appointment.
    Appointment,
    /// A branch.
    Branch,
    /// Something that is done with many rows at once.
    Bulk,
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
    /// An invitation.
    Invitation,
    /// A notification.
    Notification,
    /// A notification configuration.
    NotificationConfiguration,
    /// A policy.
    Policy,
    /// A report that goes out by mail.
    Report,
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
    pub const ALL: [Self; 19] = [
        Self::Appointment,
        Self::Branch,
        Self::Bulk,
        Self::Cache,
        Self::Company,
        Self::Customer,
        Self::Database,
        Self::Import,
        Self::Invitation,
        Self::Notification,
        Self::NotificationConfiguration,
        Self::Policy,
        Self::Report,
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
            Self::Bulk => "bulk",
            Self::Cache => "cache",
            Self::Company => "company",
            Self::Customer => "customer",
            Self::Database => "database",
            Self::Import => "import",
            Self::Invitation => "invitation",
            Self::Notification => "notification",
            Self::NotificationConfiguration => "notification_configuration",
            Self::Policy => "policy",
            Self::Report => "report",
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
    /// An invitation was taken up.
    Accepted,
    /// Somebody may use the panel again.
    Activated,
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
    /// A recovery code was used in place of a code of the moment.
    CodeUsed,
    /// Recovery codes were made anew.
    CodesMade,
    /// An appointment took place.
    Completed,
    /// It was made.
    Created,
    /// Somebody may not use the panel any more.
    Deactivated,
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
    /// Somebody was invited.
    Invited,
    /// Migrations were applied.
    Migrated,
    /// A customer did not come.
    MissedByCustomer,
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
    /// The end of an appointment was taken back.
    Reopened,
    /// What was missing was put back.
    Repaired,
    /// An appointment was given another time.
    Rescheduled,
    /// A link for a new password was sent.
    ResetAsked,
    /// What was deleted is there again.
    Restored,
    /// A failed message is to be sent again.
    Retried,
    /// A token holds no longer.
    Revoked,
    /// Signing in takes a password alone again.
    SecondFactorOff,
    /// Signing in takes a code beside the password.
    SecondFactorOn,
    /// Somebody else took a person's second step away.
    SecondFactorReset,
    /// A provider took a message.
    Sent,
    /// A session was ended from another one.
    SessionEnded,
    /// A failed message needs nobody's attention any longer.
    SetAside,
    /// A user began a session.
    SignedIn,
    /// A user ended their session.
    SignedOut,
    /// Migrations were taken back, or a failed message needs attention after all.
    TakenBack,
    /// It was changed.
    Updated,
    /// A change was made against a policy, or a customer kept to none.
    Violated,
    /// A violation counts no longer.
    ViolationTakenBack,
    /// A message that waited is not to be sent any longer, or an invitation holds no longer.
    Withdrawn,
}

impl Verb {
    /// All of them.
    pub const ALL: [Self; 45] = [
        Self::Accepted,
        Self::Activated,
        Self::Adopted,
        Self::Begun,
        Self::Booked,
        Self::Cancelled,
        Self::Cleared,
        Self::CodeUsed,
        Self::CodesMade,
        Self::Completed,
        Self::Created,
        Self::Deactivated,
        Self::Deleted,
        Self::Delivered,
        Self::Ended,
        Self::Entered,
        Self::Failed,
        Self::Invited,
        Self::Migrated,
        Self::MissedByCustomer,
        Self::PasswordSet,
        Self::Postponed,
        Self::Queued,
        Self::Rebuilt,
        Self::Released,
        Self::Reopened,
        Self::Repaired,
        Self::Rescheduled,
        Self::ResetAsked,
        Self::Restored,
        Self::Retried,
        Self::Revoked,
        Self::SecondFactorOff,
        Self::SecondFactorOn,
        Self::SecondFactorReset,
        Self::Sent,
        Self::SessionEnded,
        Self::SetAside,
        Self::SignedIn,
        Self::SignedOut,
        Self::TakenBack,
        Self::Updated,
        Self::Violated,
        Self::ViolationTakenBack,
        Self::Withdrawn,
    ];

    /// Its name in the audit log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Activated => "activated",
            Self::Adopted => "adopted",
            Self::Begun => "begun",
            Self::Booked => "booked",
            Self::Cancelled => "cancelled",
            Self::Cleared => "cleared",
            Self::CodeUsed => "recovery_code_used",
            Self::CodesMade => "recovery_codes_made",
            Self::Completed => "completed",
            Self::Created => "created",
            Self::Deactivated => "deactivated",
            Self::Deleted => "deleted",
            Self::Delivered => "delivered",
            Self::Ended => "ended",
            Self::Entered => "entered",
            Self::Failed => "failed",
            Self::Invited => "invited",
            Self::Migrated => "migrated",
            Self::MissedByCustomer => "no_show",
            Self::PasswordSet => "password_set",
            Self::Postponed => "postponed",
            Self::Queued => "queued",
            Self::Rebuilt => "rebuilt",
            Self::Released => "released",
            Self::Reopened => "reopened",
            Self::Repaired => "repaired",
            Self::Rescheduled => "rescheduled",
            Self::ResetAsked => "reset_asked",
            Self::Restored => "restored",
            Self::Retried => "retried",
            Self::Revoked => "revoked",
            Self::SecondFactorOff => "totp_off",
            Self::SecondFactorOn => "totp_on",
            Self::SecondFactorReset => "totp_reset",
            Self::Sent => "sent",
            Self::SessionEnded => "session_ended",
            Self::SetAside => "set_aside",
            Self::SignedIn => "signed_in",
            Self::SignedOut => "signed_out",
            Self::TakenBack => "taken_back",
            Self::Updated => "updated",
            Self::Violated => "violated",
            Self::ViolationTakenBack => "violation_taken_back",
            Self::Withdrawn => "withdrawn",
        }
    }
}
