# An example configuration; docs/reference/configuration.md names every setting.

storage "rocksdb" {
  path = "/var/lib/kvd/data"
}

listener "tcp" {
  address       = "0.0.0.0:8200"
  tls_cert_file = "/etc/kvd/tls.crt"
  tls_key_file  = "/etc/kvd/tls.key"
}

# The address that clients and load balancers know this server by.
api_addr = "https://kvd.example.com:8200"

log_level = "info"
