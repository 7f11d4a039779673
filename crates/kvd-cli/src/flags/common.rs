//! The flags that many commands share: the connection and the form of the output.

use super::{Flag, FlagGroup};

pub(crate) const ADDRESS: Flag =
    Flag::text("address", "Address of the server. The default is https://127.0.0.1:8200.").setting("ADDR");
pub(crate) const AGENT_ADDRESS: Flag =
    Flag::text("agent-address", "Address of an agent to send requests to.").setting("AGENT_ADDR");
pub(crate) const CA_CERT: Flag = Flag::text(
    "ca-cert",
    "File with PEM-encoded CA certificates that the server's certificate must come from. It wins over -ca-path.",
)
.setting("CACERT");
pub(crate) const CA_PATH: Flag = Flag::text(
    "ca-path",
    "Folder of PEM-encoded CA certificates that the server's certificate must come from.",
)
.setting("CAPATH");
pub(crate) const CLIENT_CERT: Flag = Flag::text(
    "client-cert",
    "File with the PEM-encoded certificate to show to the server. -client-key is needed too.",
)
.setting("CLIENT_CERT");
pub(crate) const CLIENT_KEY: Flag =
    Flag::text("client-key", "File with the PEM-encoded private key of -client-cert.").setting("CLIENT_KEY");
pub(crate) const NAMESPACE: Flag =
    Flag::text("namespace", "The namespace to use for the command. -ns is a short form.")
        .setting("NAMESPACE");
pub(crate) const NS: Flag = Flag::text("ns", "Short form of -namespace. It wins over -namespace.").hidden();
pub(crate) const TLS_SERVER_NAME: Flag =
    Flag::text("tls-server-name", "Name that the server's certificate must be for.")
        .setting("TLS_SERVER_NAME");
pub(crate) const TLS_SKIP_VERIFY: Flag = Flag::switch(
    "tls-skip-verify",
    "Do not verify the server's certificate. Anybody between here and the server can then read and change everything.",
)
.setting("SKIP_VERIFY");
pub(crate) const DISABLE_REDIRECTS: Flag =
    Flag::switch("disable-redirects", "Do not follow the one redirect a server may answer with.")
        .setting("DISABLE_REDIRECTS");
pub(crate) const POLICY_OVERRIDE: Flag =
    Flag::switch("policy-override", "Override a policy with a soft-mandatory enforcement level.");
pub(crate) const WRAP_TTL: Flag = Flag::duration(
    "wrap-ttl",
    "Wrap the response in a single-use token that lives this long, such as \"30s\" or \"5m\". The unwrap command \
     gives the response back.",
)
.setting("WRAP_TTL");
pub(crate) const MFA: Flag = Flag::list("mfa", "Credentials for the X-Vault-MFA header.").setting("MFA");
pub(crate) const OUTPUT_CURL_STRING: Flag =
    Flag::switch("output-curl-string", "Print an equivalent curl command instead of sending the request.");
pub(crate) const OUTPUT_POLICY: Flag =
    Flag::switch("output-policy", "Print the policy that the request needs instead of sending it.");
pub(crate) const UNLOCK_KEY: Flag = Flag::text("unlock-key", "Key to unlock the API of a namespace.");
pub(crate) const HEADER: Flag = Flag::map(
    "header",
    "A header to send with each request. It can be given several times. Names that start with \"X-Vault-\" are \
     refused.",
);
pub(crate) const NON_INTERACTIVE: Flag =
    Flag::switch("non-interactive", "Never ask for input on the terminal.");

/// The flags every command that talks to a server takes.
pub(crate) static HTTP: FlagGroup = FlagGroup {
    title: "HTTP Options",
    flags: &[
        ADDRESS,
        AGENT_ADDRESS,
        CA_CERT,
        CA_PATH,
        CLIENT_CERT,
        CLIENT_KEY,
        NAMESPACE,
        NS,
        TLS_SERVER_NAME,
        TLS_SKIP_VERIFY,
        DISABLE_REDIRECTS,
        POLICY_OVERRIDE,
        WRAP_TTL,
        MFA,
        OUTPUT_CURL_STRING,
        OUTPUT_POLICY,
        UNLOCK_KEY,
        HEADER,
        NON_INTERACTIVE,
    ],
};

pub(crate) const FIELD: Flag = Flag::text(
    "field",
    "Print only the field with this name, without a line end unless on a terminal. It wins over the form of the \
     output.",
);
pub(crate) const FORMAT: Flag = Flag::text_or(
    "format",
    "table",
    "Print the output in this form: \"table\", \"json\", \"yaml\" or \"pretty\"; \"raw\" for the read command only.",
)
.setting("FORMAT");
const FORMAT_VARIABLES: Flag = Flag::text_or(
    "format",
    "table",
    "Print the output in this form: \"table\", \"json\" or \"yaml\"; \"dotenv\" for the lines of a .env file, \"export\" \
     for a shell to evaluate.",
)
.setting("FORMAT");
pub(crate) const DETAILED: Flag =
    Flag::switch("detailed", "Print everything that is known.").setting("DETAILED");

/// Output that can be reduced to a field or take another form.
pub(crate) static OUTPUT: FlagGroup = FlagGroup { title: "Output Options", flags: &[FIELD, FORMAT] };
/// Output that can take another form.
pub(crate) static OUTPUT_FORMAT: FlagGroup = FlagGroup { title: "Output Options", flags: &[FORMAT] };
/// Output that can take another form and be more detailed.
pub(crate) static OUTPUT_DETAILED: FlagGroup =
    FlagGroup { title: "Output Options", flags: &[FORMAT, DETAILED] };
/// Output that can also be lines of variables.
pub(crate) static OUTPUT_VARIABLES: FlagGroup =
    FlagGroup { title: "Output Options", flags: &[FIELD, FORMAT_VARIABLES] };
/// Output that can also be the body as it came.
pub(crate) static OUTPUT_RAW: FlagGroup = FlagGroup { title: "Output Options", flags: &[FIELD, FORMAT] };
