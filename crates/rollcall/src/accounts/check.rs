//! What a name, an address, a slug, a time zone and a language may be.

use chrono_tz::{TZ_VARIANTS, Tz};

use crate::nearest::nearest;

/// What will not do, and what would.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(String);

/// A name of a company or a person, trimmed.
///
/// # Errors
/// Where it is empty, too long for the column, or holds control characters.
pub fn name(written: &str) -> Result<String, Invalid> {
    let name = written.trim();
    if name.is_empty() || name.chars().count() > 255 || name.chars().any(char::is_control) {
        return Err(Invalid("a name has 1 to 255 characters, on one line".to_owned()));
    }
    Ok(name.to_owned())
}

/// A slug: lower-case letters, digits and hyphens, at least one of them no digit.
///
/// # Errors
/// Where it is something else; the message suggests one.
pub fn slug(written: &str) -> Result<String, Invalid> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let edges = written.starts_with('-') || written.ends_with('-') || written.contains("--");
    // A slug of digits alone could be taken for an id.
    let number = written.chars().all(|c| c.is_ascii_digit());
    if written.len() <= 255 && written.chars().all(fits) && !edges && !number {
        return Ok(written.to_owned());
    }
    let hint = slug_of(written).map_or_else(String::new, |slug| format!("; `{slug}` would do"));
    Err(Invalid(format!("`{written}` is no slug: use a-z, 0-9 and single hyphens, and not digits alone{hint}")))
}

/// A slug made from a name; none where nothing is left of it.
#[must_use]
pub fn slug_of(name: &str) -> Option<String> {
    let plain = name.to_lowercase().replace('ä', "ae").replace('ö', "oe").replace('ü', "ue").replace('ß', "ss");
    let words = plain.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let slug = words.collect::<Vec<_>>().join("-");
    let slug: String = slug.chars().take(60).collect();
    let slug = slug.trim_matches('-').to_owned();
    (slug.chars().any(|c| c.is_ascii_lowercase())).then_some(slug)
}

/// An address, in lower case.
///
/// # Errors
/// Where it is none that anybody could receive mail at.
pub fn email(written: &str) -> Result<String, Invalid> {
    let email = written.trim().to_lowercase();
    let parts = email.split_once('@').filter(|(user, host)| {
        let dots = |text: &str| text.starts_with('.') || text.ends_with('.') || text.contains("..");
        let label = |label: &str| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-');
        let in_user = |c: char| !c.is_whitespace() && !c.is_control() && !"\"(),:;<>@[\\]".contains(c);
        let in_host = |c: char| c.is_alphanumeric() || c == '-' || c == '.';
        !user.is_empty()
            && user.len() <= 64
            && !dots(user)
            && user.chars().all(in_user)
            && host.contains('.')
            && host.chars().all(in_host)
            && host.split('.').all(label)
    });
    if parts.is_none() || email.len() > 254 {
        return Err(Invalid(format!("`{}` is no e-mail address", written.trim())));
    }
    Ok(email)
}

/// An IANA time zone by its exact name.
///
/// # Errors
/// Where there is none of that name; the message names the nearest.
pub fn time_zone(written: &str) -> Result<Tz, Invalid> {
    written.parse::<Tz>().map_err(|_| {
        let hint = nearest_zone(written).map_or_else(String::new, |zone| format!("; did you mean `{zone}`?"));
        Invalid(format!("`{written}` is no IANA time zone such as Europe/Berlin{hint}"))
    })
}

fn nearest_zone(written: &str) -> Option<&'static str> {
    let wanted = written.replace(' ', "_");
    let city = |zone: &'static str| zone.rsplit('/').next().unwrap_or(zone);
    let names = || TZ_VARIANTS.iter().map(|zone| zone.name());
    let by_city = |wanted: &str| names().find(|zone| city(zone).eq_ignore_ascii_case(wanted));
    by_city(&wanted).or_else(|| nearest(&wanted, names())).or_else(|| {
        let near = nearest(&wanted, names().filter(|zone| zone.contains('/')).map(city))?;
        by_city(near)
    })
}

/// A language that the panel speaks.
///
/// # Errors
/// Where it does not.
pub fn locale(written: &str) -> Result<&'static str, Invalid> {
    let known = ["de", "en"];
    let found = known.into_iter().find(|locale| *locale == written);
    found.ok_or_else(|| Invalid(format!("`{written}` is no language of the panel: it speaks {}", known.join(" and "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_plain_and_never_a_number() {
        assert_eq!(slug("salon-42").unwrap(), "salon-42");
        for bad in ["", "42", "Salon", "-a", "a-", "a--b", "a b", "ä"] {
            assert!(slug(bad).is_err(), "{bad}");
        }
        assert!(slug("Salon Schönhaar").unwrap_err().to_string().contains("`salon-schoenhaar` would do"));
    }

    #[test]
    fn addresses_are_checked_and_lowered() {
        assert_eq!(email(" Ada@Example.Test ").unwrap(), "ada@example.test");
        assert_eq!(email("a.b+c@sub.example.co.uk").unwrap(), "a.b+c@sub.example.co.uk");
        for bad in
            ["", "ada", "ada@", "@example.test", "a@b@c.de", "a b@c.de", "a@localhost", "a@.de", "a@b..de", "a..b@c.de"]
        {
            assert!(email(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_misspelt_zone_names_the_nearest() {
        assert_eq!(time_zone("Asia/Kathmandu").unwrap().name(), "Asia/Kathmandu");
        for (written, meant) in [
            ("Europe/Berln", "Europe/Berlin"),
            ("europe/berlin", "Europe/Berlin"),
            ("berlin", "Europe/Berlin"),
            ("New York", "America/New_York"),
            ("Kolkatta", "Asia/Kolkata"),
        ] {
            let message = time_zone(written).unwrap_err().to_string();
            assert!(message.contains(&format!("did you mean `{meant}`?")), "{message}");
        }
        assert!(!time_zone("Middle-earth/Shire").unwrap_err().to_string().contains("did you mean"));
    }

    #[test]
    fn names_are_one_line_and_locales_known() {
        assert_eq!(name("  Ada ").unwrap(), "Ada");
        assert!(name("").is_err() && name("a\nb").is_err() && name(&"x".repeat(256)).is_err());
        assert_eq!(locale("de").unwrap(), "de");
        assert!(locale("fr").unwrap_err().to_string().contains("de and en"));
    }
}
