//! The names of condition operators.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>.

/// What an operator compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Test {
    Text { fold: bool, wildcards: bool },
    Number(Order),
    Date(Order),
    Bool,
    Binary,
    Network,
    Arn,
    Null,
}

/// How the request's value must stand to the policy's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Equal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl Order {
    pub(super) fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Order::Equal => ordering.is_eq(),
            Order::Less => ordering.is_lt(),
            Order::AtMost => ordering.is_le(),
            Order::Greater => ordering.is_gt(),
            Order::AtLeast => ordering.is_ge(),
        }
    }
}

/// The prefix of an operator for keys with several values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Set {
    All,
    Any,
}

/// An operator, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Operator {
    pub(super) set: Option<Set>,
    pub(super) test: Test,
    pub(super) negated: bool,
    pub(super) if_exists: bool,
}

impl Operator {
    /// `None` if AWS knows no such operator.
    pub(super) fn parse(text: &str) -> Option<Operator> {
        let (set, rest) = match text.split_once(':') {
            Some(("ForAllValues", rest)) => (Some(Set::All), rest),
            Some(("ForAnyValue", rest)) => (Some(Set::Any), rest),
            Some(_) => return None,
            None => (None, text),
        };
        let (name, if_exists) = match rest.strip_suffix("IfExists") {
            Some(name) => (name, true),
            None => (rest, false),
        };
        let text = |fold, wildcards| Test::Text { fold, wildcards };
        let (test, negated) = match name {
            "StringEquals" => (text(false, false), false),
            "StringNotEquals" => (text(false, false), true),
            "StringEqualsIgnoreCase" => (text(true, false), false),
            "StringNotEqualsIgnoreCase" => (text(true, false), true),
            "StringLike" => (text(false, true), false),
            "StringNotLike" => (text(false, true), true),
            "NumericEquals" => (Test::Number(Order::Equal), false),
            "NumericNotEquals" => (Test::Number(Order::Equal), true),
            "NumericLessThan" => (Test::Number(Order::Less), false),
            "NumericLessThanEquals" => (Test::Number(Order::AtMost), false),
            "NumericGreaterThan" => (Test::Number(Order::Greater), false),
            "NumericGreaterThanEquals" => (Test::Number(Order::AtLeast), false),
            "DateEquals" => (Test::Date(Order::Equal), false),
            "DateNotEquals" => (Test::Date(Order::Equal), true),
            "DateLessThan" => (Test::Date(Order::Less), false),
            "DateLessThanEquals" => (Test::Date(Order::AtMost), false),
            "DateGreaterThan" => (Test::Date(Order::Greater), false),
            "DateGreaterThanEquals" => (Test::Date(Order::AtLeast), false),
            "Bool" => (Test::Bool, false),
            "BinaryEquals" => (Test::Binary, false),
            "IpAddress" => (Test::Network, false),
            "NotIpAddress" => (Test::Network, true),
            "ArnEquals" | "ArnLike" => (Test::Arn, false),
            "ArnNotEquals" | "ArnNotLike" => (Test::Arn, true),
            "Null" if !if_exists && set.is_none() => (Test::Null, false),
            _ => return None,
        };
        Some(Operator {
            set,
            test,
            negated,
            if_exists,
        })
    }

    /// The name of the operator that asks for the opposite of the negated one, without `IfExists`.
    pub(super) fn positive_name(self) -> &'static str {
        self.test.name()
    }
}

impl Test {
    /// The operator of that test, in its positive form.
    pub(super) fn name(self) -> &'static str {
        match self {
            Test::Text { fold: true, .. } => "StringEqualsIgnoreCase",
            Test::Text {
                wildcards: true, ..
            } => "StringLike",
            Test::Text { .. } => "StringEquals",
            Test::Number(Order::Equal) => "NumericEquals",
            Test::Number(Order::Less) => "NumericLessThan",
            Test::Number(Order::AtMost) => "NumericLessThanEquals",
            Test::Number(Order::Greater) => "NumericGreaterThan",
            Test::Number(Order::AtLeast) => "NumericGreaterThanEquals",
            Test::Date(Order::Equal) => "DateEquals",
            Test::Date(Order::Less) => "DateLessThan",
            Test::Date(Order::AtMost) => "DateLessThanEquals",
            Test::Date(Order::Greater) => "DateGreaterThan",
            Test::Date(Order::AtLeast) => "DateGreaterThanEquals",
            Test::Bool => "Bool",
            Test::Binary => "BinaryEquals",
            Test::Network => "IpAddress",
            Test::Arn => "ArnLike",
            Test::Null => "Null",
        }
    }
}
