//! What people give to a command beside flags: data, files, secrets typed without echo.

pub(crate) mod dotenv;
pub(crate) mod file;
pub(crate) mod pairs;
pub(crate) mod pgp;
pub(crate) mod prompt;
