//! The demo's companies: salons, clinics and workshops in zones that make days hard.

use Trade::{Clinic, Salon, Workshop};
use chrono_tz::{America, Asia, Australia, Europe, Pacific};

/// What a company does for its customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trade {
    Salon,
    Clinic,
    Workshop,
}

/// A company as the demo knows it; further ones repeat these with a number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Profile {
    pub(super) name: &'static str,
    pub(super) slug: &'static str,
    pub(super) zone: chrono_tz::Tz,
    pub(super) locale: &'static str,
    pub(super) currency: &'static str,
    pub(super) trade: Trade,
    pub(super) cities: &'static [&'static str],
}

const fn profile(
    name: &'static str,
    slug: &'static str,
    zone: chrono_tz::Tz,
    locale: &'static str,
    currency: &'static str,
    trade: Trade,
    cities: &'static [&'static str],
) -> Profile {
    Profile { name, slug, zone, locale, currency, trade, cities }
}

/// Zones with half hours, quarter hours and clock changes of half an hour among them.
pub(super) const PROFILES: &[Profile] = &[
    profile(
        "Salon Sonnenschein",
        "salon-sonnenschein",
        Europe::Berlin,
        "de",
        "EUR",
        Salon,
        &["Berlin", "Hamburg", "München", "Köln"],
    ),
    profile(
        "Praxis Dr. Lindner & Kollegen",
        "praxis-lindner",
        Europe::Berlin,
        "de",
        "EUR",
        Clinic,
        &["Leipzig", "Dresden"],
    ),
    profile(
        "Himalaya Dental Care",
        "himalaya-dental-care",
        Asia::Kathmandu,
        "en",
        "NPR",
        Clinic,
        &["Kathmandu", "Pokhara"],
    ),
    profile(
        "Kfz-Werkstatt Krüger & Söhne",
        "werkstatt-krueger",
        Europe::Berlin,
        "de",
        "EUR",
        Workshop,
        &["Bochum", "Dortmund"],
    ),
    profile(
        "Hudson Street Barbers",
        "hudson-street-barbers",
        America::New_York,
        "en",
        "USD",
        Salon,
        &["New York", "Hoboken"],
    ),
    profile(
        "Physiotherapie Lagune",
        "physiotherapie-lagune",
        Europe::Berlin,
        "de",
        "EUR",
        Clinic,
        &["Rostock", "Lübeck"],
    ),
    profile(
        "Lord Howe Island Wellness",
        "lord-howe-wellness",
        Australia::Lord_Howe,
        "en",
        "AUD",
        Salon,
        &["Lord Howe Island"],
    ),
    profile(
        "Signal Hill Veterinary Clinic",
        "signal-hill-vet",
        America::St_Johns,
        "en",
        "CAD",
        Clinic,
        &["St. John's", "Mount Pearl"],
    ),
    profile("Tierarztpraxis Pfotenglück", "pfotenglueck", Europe::Berlin, "de", "EUR", Clinic, &["Freiburg"]),
    profile("Fahrradwerkstatt Speiche", "fahrrad-speiche", Europe::Vienna, "de", "EUR", Workshop, &["Wien", "Graz"]),
    profile("Chatham Opticians", "chatham-opticians", Pacific::Chatham, "en", "NZD", Clinic, &["Waitangi"]),
    profile("Kosmetikstudio Belle", "kosmetik-belle", Europe::Zurich, "de", "CHF", Salon, &["Zürich", "Basel"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_companies_share_a_slug() {
        let mut slugs: Vec<_> = PROFILES.iter().map(|profile| profile.slug).collect();
        slugs.sort_unstable();
        slugs.dedup();
        assert_eq!(slugs.len(), PROFILES.len());
    }
}
