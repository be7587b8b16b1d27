//! Functions of numbers, and of truth values.

use super::Outcome;
use crate::recognize::terraform::value::{self, Value};
use crate::source::Loc;
use crate::tree::NodeKind;

/// The call, if the function is one of numbers.
pub(super) fn call(name: &str, arguments: &[Value], loc: Loc) -> Option<Outcome> {
    let number = |value: f64| value::number_of(value, loc);
    let floats = || -> Option<Vec<f64>> { arguments.iter().map(value::float).collect() };
    let first = || arguments.first().and_then(value::float);
    Some(match (name, arguments) {
        ("max", _) => floats()
            .and_then(|all| all.into_iter().reduce(f64::max))
            .and_then(number)
            .into(),
        ("min", _) => floats()
            .and_then(|all| all.into_iter().reduce(f64::min))
            .and_then(number)
            .into(),
        ("abs", [_]) => first().and_then(|one| number(one.abs())).into(),
        ("ceil", [_]) => first().and_then(|one| number(one.ceil())).into(),
        ("floor", [_]) => first().and_then(|one| number(one.floor())).into(),
        ("signum", [_]) => first()
            .map(|one| if one == 0.0 { 0.0 } else { one.signum() })
            .and_then(number)
            .into(),
        ("pow", [_, _]) => floats()
            .and_then(|all| match all.as_slice() {
                [base, power] => number(base.powf(*power)),
                _ => None,
            })
            .into(),
        ("log", [_, _]) => floats()
            .and_then(|all| match all.as_slice() {
                [one, base] => number(one.log(*base)),
                _ => None,
            })
            .into(),
        ("parseint", [text, base]) => match text.as_str().zip(value::integer(base)) {
            Some((text, base @ 2..=36)) => {
                let parsed = u32::try_from(base)
                    .ok()
                    .and_then(|base| i64::from_str_radix(text, base).ok());
                parsed.map_or(Outcome::Fails, |parsed| {
                    Outcome::Is(value::number(parsed.to_string(), loc))
                })
            }
            _ => Outcome::Open,
        },
        ("tonumber", [one]) => match &one.kind {
            NodeKind::Null | NodeKind::Unknown(_) | NodeKind::Number(_) => Outcome::Is(one.clone()),
            NodeKind::Text(text) if !text.holes.is_empty() => Outcome::Open,
            _ => match first().and_then(number) {
                Some(number) => Outcome::Is(number),
                None => Outcome::Fails,
            },
        },
        ("tobool", [one]) => match (&one.kind, one.as_bool()) {
            (NodeKind::Null | NodeKind::Unknown(_), _) => Outcome::Is(one.clone()),
            (_, Some(is)) => Outcome::Is(value::boolean(is, loc)),
            _ => Outcome::Fails,
        },
        ("sum", [list]) if value::is_counted(list) => list
            .items()
            .iter()
            .map(value::float)
            .sum::<Option<f64>>()
            .and_then(number)
            .into(),
        ("alltrue" | "anytrue", [list]) if value::is_counted(list) => {
            let decides = name == "anytrue";
            let claims: Vec<Option<bool>> = list.items().iter().map(Value::as_bool).collect();
            if claims.contains(&Some(decides)) {
                Outcome::Is(value::boolean(decides, loc))
            } else if claims.contains(&None) {
                Outcome::Open
            } else {
                Outcome::Is(value::boolean(!decides, loc))
            }
        }
        _ => return None,
    })
}
