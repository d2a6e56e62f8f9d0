//! The ways by which somebody is notified.

use std::fmt;

/// A channel, as `notification_queues.channel` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// By e-mail.
    Email,
    /// By text message.
    Sms,
    /// By WhatsApp.
    Whatsapp,
    /// On their devices: the provider knows which, by `customer:7` or `user:7`.
    Push,
}

impl Channel {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Email, Self::Sms, Self::Whatsapp, Self::Push];

    /// Its name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Whatsapp => "whatsapp",
            Self::Push => "push",
        }
    }

    /// What `name` stands for, to the letter.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == name)
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(self.as_str())
    }
}
