//! One copy of what many share.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;

/// The one copy of a value, which is `new` where there was none.
pub(super) fn shared<T: Eq + Hash>(known: &mut HashSet<Arc<T>>, new: T) -> Arc<T> {
    if let Some(known) = known.get(&new) {
        return Arc::clone(known);
    }
    let new = Arc::new(new);
    known.insert(Arc::clone(&new));
    new
}
