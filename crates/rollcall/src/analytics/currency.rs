//! Currencies: what an amount of money is counted in.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A currency by its ISO 4217 code. Whether the code is assigned is not checked, only that it is shaped like one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The euro: what a company counts in unless its settings say otherwise.
    pub const EUR: Self = Self(*b"EUR");
    /// ISO 4217's code for "no currency": shown as `¤`.
    pub const NONE: Self = Self(*b"XXX");

    /// The currency of that code; [`Currency::NONE`] for what cannot be one, so that no amount is shown in a currency
    /// that nobody named.
    #[must_use]
    pub fn of(code: &str) -> Self {
        match code.trim().as_bytes() {
            [a, b, c] if [a, b, c].into_iter().all(u8::is_ascii_alphabetic) => {
                Self([a, b, c].map(u8::to_ascii_uppercase))
            }
            _ => Self::NONE,
        }
    }

    /// The currency of that code, in whatever case, if ISO 4217 has given it to a country's money at this time.
    #[must_use]
    pub fn assigned(code: &str) -> Option<Self> {
        let currency = Self::of(code);
        ASSIGNED.split_whitespace().any(|known| known == currency.code()).then_some(currency)
    }

    /// Three capital letters.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// The sign that people know it by, after the Unicode CLDR, which browsers follow too; none where it goes by its code.
    #[must_use]
    pub fn sign(self) -> Option<&'static str> {
        Some(match self.code() {
            "EUR" => "€",
            "USD" => "$",
            "GBP" => "£",
            "AUD" => "A$",
            "CAD" => "CA$",
            "NZD" => "NZ$",
            "BRL" => "R$",
            "MXN" => "MX$",
            "JPY" => "¥",
            "CNY" => "CN¥",
            "INR" => "₹",
            "KRW" => "₩",
            "ILS" => "₪",
            "VND" => "₫",
            "XXX" => "¤",
            _ => return None,
        })
    }

    /// How many decimals its amounts are written with: its minor unit in ISO 4217.
    #[must_use]
    pub fn decimals(self) -> u32 {
        match self.code() {
            "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "VND" | "VUV"
            | "XAF" | "XOF" | "XPF" => 0,
            "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
            _ => 2,
        }
    }
}

/// What is paid with somewhere, after ISO 4217 (amendment 176 and those before it), without funds, metals and test codes.
const ASSIGNED: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF \
    CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS \
    INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR \
    MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP \
    SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF \
    XPF YER ZAR ZMW ZWG";

impl Default for Currency {
    fn default() -> Self {
        Self::EUR
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(|code| Self::of(&code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_three_letters() {
        assert_eq!(Currency::of("chf").code(), "CHF");
        assert_eq!(Currency::of(" EUR"), Currency::EUR);
        for odd in ["", "EU", "EURO", "€", "E1R", "É"] {
            assert_eq!(Currency::of(odd), Currency::NONE, "{odd}");
        }
    }

    #[test]
    fn a_code_that_nobody_pays_with_is_not_assigned() {
        assert_eq!(Currency::assigned(" chf "), Some(Currency(*b"CHF")));
        for none in ["XXX", "XAU", "ABC", "EURO", "", "E R"] {
            assert_eq!(Currency::assigned(none), None, "{none}");
        }
    }

    #[test]
    fn decimals_are_those_of_the_standard() {
        let decimals = ["EUR", "JPY", "KWD"].map(|code| Currency::of(code).decimals());
        assert_eq!(decimals, [2, 0, 3]);
    }
}
