//! Dates of conditions: W3C ISO 8601 of any precision, or seconds since 1970.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>.

/// Nanoseconds since 1970-01-01T00:00:00Z; `None` if the text is no date.
pub(super) fn parse(text: &str) -> Option<i128> {
    const BILLION: i128 = 1_000_000_000;
    // Four digits are a year.
    if text.len() != 4 && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse::<i128>().ok()?.checked_mul(BILLION);
    }
    let (date, time) = match text.split_once(['T', 't', ' ']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut fields = date.split('-');
    let year = number(fields.next()?, 4)?;
    let month = fields.next().map_or(Some(1), |text| number(text, 2))?;
    let day = fields.next().map_or(Some(1), |text| number(text, 2))?;
    if fields.next().is_some()
        || !(1..=12).contains(&month)
        || !(1..=days_in(year, month)).contains(&day)
    {
        return None;
    }
    let mut seconds = i128::from(days(year, month, day)) * 86_400;
    let mut nanoseconds = 0;
    if let Some(time) = time {
        let (clock, offset) = zone(time)?;
        let mut fields = clock.split(':');
        let hour = number(fields.next()?, 2)?;
        let minute = number(fields.next()?, 2)?;
        let (second, fraction) = match fields.next() {
            None => (0, ""),
            Some(text) => {
                let (second, fraction) = text.split_once('.').unwrap_or((text, ""));
                (number(second, 2)?, fraction)
            }
        };
        if fields.next().is_some() || hour > 24 || minute > 59 || second > 60 {
            return None;
        }
        if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let digits: String = fraction
            .chars()
            .chain("000000000".chars())
            .take(9)
            .collect();
        nanoseconds = digits.parse().ok()?;
        seconds += i128::from(hour * 3600 + minute * 60 + second - offset);
    }
    Some(seconds * BILLION + nanoseconds)
}

/// The time of day and the seconds that its zone is ahead of UTC. Without a zone it is taken as UTC.
fn zone(time: &str) -> Option<(&str, i64)> {
    if let Some(clock) = time.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let Some(at) = time.rfind(['+', '-']) else {
        return Some((time, 0));
    };
    let (clock, zone) = time.split_at_checked(at)?;
    let (sign, zone) = match zone.strip_prefix('-') {
        Some(zone) => (-1, zone),
        None => (1, zone.strip_prefix('+')?),
    };
    let (hours, minutes) = match zone.split_once(':') {
        Some(cut) => cut,
        None if zone.len() == 4 => zone.split_at_checked(2)?,
        None => (zone, "00"),
    };
    Some((
        clock,
        sign * (number(hours, 2)? * 3600 + number(minutes, 2)? * 60),
    ))
}

fn number(text: &str, digits: usize) -> Option<i64> {
    (text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the Gregorian calendar: whole years since a first of March, then months of 153 days a five.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        let seconds = |text| parse(text).map(|nanoseconds| nanoseconds / 1_000_000_000);
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2026-05-01T00:00:00Z", Some(1_777_593_600)),
            ("1777593600", Some(1_777_593_600)),
            ("2026-04-30T23:00:00-01:00", Some(1_777_593_600)),
            ("2026-05-01T02:00+02:00", Some(1_777_593_600)),
            ("2026-05-01", Some(1_777_593_600)),
            ("2026-05", Some(1_777_593_600)),
            ("2024-02-29", Some(1_709_164_800)),
            ("2026", Some(1_767_225_600)),
            ("1969-12-31T23:59:59Z", Some(-1)),
            ("2026-02-29", None),
            ("2026-13-01", None),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
        assert!(parse("2026-05-01T00:00:00.5Z") > parse("2026-05-01T00:00:00Z"));
    }
}
