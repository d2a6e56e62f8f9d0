//! The contract's closed lists of terms, as mappings may name them.

use std::str::FromStr;

use serde::Deserialize;

/// Makes an enum of terms: read from TOML and text, written as the database has it.
macro_rules! terms {
    ($(#[$doc:meta])* $name:ident, $what:literal, $($variant:ident = $text:literal),+) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
        #[serde(try_from = "String")]
        pub(super) enum $name { $($variant),+ }

        impl $name {
            pub(super) fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(format!("`{text}` is no {}: use one of {}", $what, [$($text),+].join(", "))),
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                text.parse()
            }
        }
    };
}

terms!(
    /// What became of an appointment.
    Status, "status of an appointment",
    Scheduled = "scheduled", Confirmed = "confirmed", Completed = "completed", Cancelled = "cancelled", NoShow = "no_show"
);

terms!(
    /// Where a customer stands.
    Journey, "journey status",
    Lead = "lead", Prospect = "prospect", Customer = "customer", Regular = "regular", Vip = "vip", AtRisk = "at_risk",
    Churned = "churned"
);

terms!(
    /// How a notification travels.
    Channel, "channel",
    Email = "email", Sms = "sms", Whatsapp = "whatsapp", Push = "push"
);

terms!(
    /// What became of a notification.
    Delivery, "status of a notification",
    Pending = "pending", Processing = "processing", Sent = "sent", Delivered = "delivered", Failed = "failed"
);
