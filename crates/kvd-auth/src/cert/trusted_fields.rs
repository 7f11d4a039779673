//! The fields of trusted certificates: what a body can say of them, and how they are shown. A change touches what it
//! names and nothing else (V-061).

use super::trusted::{OLD_NAMES, Trusted, certificates, is_authority};
use crate::{
    named::{Fields, Leases},
    token_params::TokenField,
};
use kvd_backend::Input;
use kvd_json::Writer;
use kvd_types::Fault;
use rustls_pki_types::CertificateDer;
use x509_parser::{certificate::X509Certificate, prelude::FromDer};

impl Fields for Trusted {
    fn apply(
        &mut self,
        name: &str,
        input: Input<'_>,
        leases: Leases,
        warnings: &mut Vec<String>,
    ) -> Result<(), Fault> {
        let texts = [
            ("certificate", &mut self.certificate),
            ("display_name", &mut self.display_name),
            ("ocsp_ca_certificates", &mut self.ocsp.ca_certificates),
        ];
        for (name, text) in texts {
            if let Some(given) = input.string(name)? {
                *text = given.into_owned();
            }
        }
        for (name, list) in self.lists_mut() {
            if let Some(given) = input.list(name)? {
                *list = Some(given);
            }
        }
        let flags = [
            ("ocsp_enabled", &mut self.ocsp.enabled),
            ("ocsp_fail_open", &mut self.ocsp.fail_open),
            ("ocsp_query_all_servers", &mut self.ocsp.query_all_servers),
        ];
        for (name, flag) in flags {
            if let Some(given) = input.bool(name)? {
                *flag = given;
            }
        }
        self.token.take_older((TokenField::Ttl, "ttl"), "lease", input, warnings)?;
        self.token.apply(input, OLD_NAMES, warnings)?;
        self.warn(leases, warnings);
        if self.display_name.is_empty() {
            name.clone_into(&mut self.display_name);
        }
        self.check()
    }

    fn show(&self, w: &mut Writer) {
        for (name, list) in self.clone().lists_mut() {
            w.key(name);
            match list {
                Some(list) => w.strings(&*list),
                None => w.null(),
            }
        }
        let texts = [
            ("certificate", &self.certificate),
            ("display_name", &self.display_name),
            ("ocsp_ca_certificates", &self.ocsp.ca_certificates),
        ];
        for (name, text) in texts {
            w.key(name);
            w.string(text);
        }
        let flags = [
            ("ocsp_enabled", self.ocsp.enabled),
            ("ocsp_fail_open", self.ocsp.fail_open),
            ("ocsp_query_all_servers", self.ocsp.query_all_servers),
        ];
        for (name, flag) in flags {
            w.key(name);
            w.bool(flag);
        }
        self.token.write(w, OLD_NAMES);
    }
}

impl Trusted {
    fn warn(&self, leases: Leases, warnings: &mut Vec<String>) {
        let (default, max) = (leases.default.as_secs(), leases.max.as_secs());
        for (name, given, most) in
            [("ttl", self.token.ttl_seconds, default), ("max_ttl", self.token.max_ttl_seconds, max)]
        {
            if given > most {
                warnings.push(format!(
                    "Given {name} of {given} seconds is greater than current mount/system default of {most} seconds"
                ));
            }
        }
        if self.token.period_seconds > max {
            let given = self.token.period_seconds;
            warnings.push(format!(
                "Given period of {given} seconds is greater than the backend's maximum TTL of {max} seconds"
            ));
        }
    }

    fn check(&self) -> Result<(), Fault> {
        let own = certificates(&self.certificate);
        let first = own.first().ok_or_else(|| Fault::invalid("failed to parse certificate"))?;
        if !is_authority(first) && !is_for_clients(first) {
            return Err(Fault::invalid(
                "nonCA certificates should have TLS client authentication set as an extended key usage",
            ));
        }
        if self.required_extensions.iter().flatten().any(|wanted| !wanted.contains(':')) {
            return Err(Fault::invalid("required_extensions have to be of the form oid:value"));
        }
        Ok(())
    }

    fn lists_mut(&mut self) -> [(&'static str, &mut Option<Vec<String>>); 9] {
        [
            ("allowed_common_names", &mut self.allowed_common_names),
            ("allowed_dns_sans", &mut self.allowed_dns_sans),
            ("allowed_email_sans", &mut self.allowed_email_sans),
            ("allowed_metadata_extensions", &mut self.allowed_metadata_extensions),
            ("allowed_names", &mut self.allowed_names),
            ("allowed_organizational_units", &mut self.allowed_organizational_units),
            ("allowed_uri_sans", &mut self.allowed_uri_sans),
            ("ocsp_servers_override", &mut self.ocsp.servers_override),
            ("required_extensions", &mut self.required_extensions),
        ]
    }
}

/// Whether a certificate is meant for clients: it says so, or says nothing of what it is meant for.
fn is_for_clients(der: &CertificateDer<'_>) -> bool {
    let Ok((_, certificate)) = X509Certificate::from_der(der) else { return false };
    match certificate.extended_key_usage() {
        Ok(Some(usage)) => usage.value.client_auth || usage.value.any,
        Ok(None) => true,
        Err(_) => false,
    }
}
