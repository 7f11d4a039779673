//! The ports that secrets engines implement, and the recipe for adding one.
