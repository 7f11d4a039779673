//! The mount `identity/`, which every vault lists; its endpoints come with the auth methods.

use crate::house::House;
use kvd_backend::RouteTable;

/// No endpoints: every path is an unsupported one.
pub(crate) static ROUTES: RouteTable<House> = RouteTable(&[]);
