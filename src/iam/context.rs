//! What a request says about itself: its condition keys and their values, as far as they are known.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>.

/// What is known of one condition key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The request carries it with these values. An empty list counts as absent.
    Values(Vec<String>),
    /// The request carries it; with what value is unknown.
    Present,
    /// The request does not carry it.
    Absent,
    /// Nothing: it may be absent or hold any value.
    Unknown,
}

/// The condition keys of a request. Letter case does not count in keys
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html>).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Lower-case key and what is known, sorted by key.
    facts: Vec<(String, Fact)>,
    others: Fact,
}

impl Context {
    /// Of a request of which everything is known: a key that is not set is absent.
    #[must_use]
    pub fn closed() -> Context {
        Context {
            facts: Vec::new(),
            others: Fact::Absent,
        }
    }

    /// Of a request of which only what is set is known.
    #[must_use]
    pub fn open() -> Context {
        Context {
            facts: Vec::new(),
            others: Fact::Unknown,
        }
    }

    /// Sets what is known of a key, in place of what was.
    pub fn set(&mut self, key: &str, fact: Fact) {
        let key = key.to_ascii_lowercase();
        match self.facts.binary_search_by(|(known, _)| known.cmp(&key)) {
            Ok(at) => {
                if let Some(slot) = self.facts.get_mut(at) {
                    slot.1 = fact;
                }
            }
            Err(at) => self.facts.insert(at, (key, fact)),
        }
    }

    /// Sets the one value of a key.
    pub fn set_value(&mut self, key: &str, value: impl Into<String>) {
        self.set(key, Fact::Values(vec![value.into()]));
    }

    /// The same with one value of a key set.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Context {
        self.set_value(key, value);
        self
    }

    /// What is known of a key; `key` in lower case.
    #[must_use]
    pub fn get(&self, key: &str) -> &Fact {
        self.facts
            .binary_search_by(|(known, _)| known.as_str().cmp(key))
            .ok()
            .and_then(|at| self.facts.get(at))
            .map_or(&self.others, |(_, fact)| fact)
    }

    /// The single known value of a key; `key` in lower case.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&str> {
        match self.get(key) {
            Fact::Values(values) => match values.as_slice() {
                [value] => Some(value),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether everything about it is known.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        let is_known = |fact: &Fact| matches!(fact, Fact::Values(_) | Fact::Absent);
        is_known(&self.others) && self.facts.iter().all(|(_, fact)| is_known(fact))
    }

    /// The keys that are set, in lower case and in order, and what is known of them.
    pub fn facts(&self) -> impl Iterator<Item = (&str, &Fact)> {
        self.facts.iter().map(|(key, fact)| (key.as_str(), fact))
    }
}
