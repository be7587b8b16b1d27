//! Functions that the AWS provider brings: ARNs put together and taken apart.
//!
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/functions/arn_build>

use super::Outcome;
use crate::recognize::terraform::value::{self, Piece, Value};
use crate::source::Loc;

/// The call, if the function is one of the provider's. A module may call the provider as it likes, so the name tells.
pub(super) fn call(name: &str, arguments: &[Value], loc: Loc) -> Option<Outcome> {
    let (provider, name) = name.strip_prefix("provider::")?.split_once("::")?;
    Some(match (name, arguments) {
        ("arn_build", parts) if parts.len() == 5 => built(parts, loc).into(),
        ("arn_parse", [arn]) => parsed(arn, loc),
        ("trim_iam_role_path", [arn]) => without_path(arn, loc),
        // Everything else is not computed, whoever brings it.
        _ if provider.is_empty() => Outcome::Fails,
        _ => Outcome::Open,
    })
}

fn built(parts: &[Value], loc: Loc) -> Option<Value> {
    let mut out = vec![Piece::Known("arn".to_string())];
    for part in parts {
        out.push(Piece::Known(":".to_string()));
        out.extend(value::pieces(part)?);
    }
    Some(value::from_pieces(out, loc))
}

/// The parts between colons; the last of so many takes the rest. `None` if there are not that many.
fn parts(text: &Value, count: usize) -> Option<Vec<Vec<Piece>>> {
    let mut out: Vec<Vec<Piece>> = vec![Vec::new()];
    for piece in value::pieces(text)? {
        match piece {
            Piece::Known(text) => {
                let mut rest = text.as_str();
                while out.len() < count
                    && let Some((before, after)) = rest.split_once(':')
                {
                    out.last_mut()?.push(Piece::Known(before.to_string()));
                    out.push(Vec::new());
                    rest = after;
                }
                out.last_mut()?.push(Piece::Known(rest.to_string()));
            }
            hole => out.last_mut()?.push(hole),
        }
    }
    (out.len() == count).then_some(out)
}

fn parsed(arn: &Value, loc: Loc) -> Outcome {
    const NAMES: [&str; 5] = ["partition", "service", "region", "account_id", "resource"];
    let Some(parts) = parts(arn, NAMES.len() + 1) else {
        return if value::is_known(arn) {
            Outcome::Fails
        } else {
            Outcome::Open
        };
    };
    let named = NAMES
        .iter()
        .zip(parts.into_iter().skip(1))
        .map(|(name, part)| value::entry(*name, loc, value::from_pieces(part, loc)));
    Outcome::Is(value::map(named.collect(), loc))
}

/// `role/path/name` → `role/name`.
fn without_path(arn: &Value, loc: Loc) -> Outcome {
    let Some(text) = arn.as_str() else {
        return Outcome::Open;
    };
    let trimmed = text.split_once(":role/").map(|(before, resource)| {
        let name = resource.rsplit('/').next().unwrap_or(resource);
        value::text(format!("{before}:role/{name}"), loc)
    });
    trimmed.map_or(Outcome::Fails, Outcome::Is)
}
