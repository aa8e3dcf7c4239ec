//! A real nginx in front of a host: it ends TLS, speaks HTTP/2 to clients, and forwards the client address.

use std::{
    env, fs,
    io::{self, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use http::HeaderMap;
use reqwest::ClientBuilder;
use rustls::pki_types::CertificateDer;
use symbolon_server::Config;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};

use crate::{Host, client::Client, tls::trusting};

/// The host name of the certificate.
const NAME: &str = "app.example";

/// The environment variable that turns a missing nginx into a failure: set in CI, and by `cargo xtask test`.
const THOROUGH: [&str; 2] = ["CI", "SYMBOLON_KILL_SECONDS"];

/// A host with nginx in front. Dropping this stops both.
pub struct Site {
    /// The host behind nginx. It trusts forwarded client addresses from 127.0.0.1.
    pub host: Host,
    /// The origin that browsers see.
    pub origin: String,
    /// A misconfigured plain-http listener of nginx that forwards requests like the TLS listener.
    pub mistake: String,
    /// A plain-http listener of nginx that answers as `docs/operations.md` advises.
    pub refusal: String,
    certificate: CertificateDer<'static>,
    nginx: Child,
    _folder: TempDir,
}

impl Site {
    /// Starts host and nginx with these host settings. Returns `None` and prints a note if nginx is not installed; panics
    /// instead where every test is required.
    pub async fn start(change: impl Fn(Config) -> Config) -> Option<Self> {
        let Some(program) = find_nginx() else {
            let must = THOROUGH.iter().any(|name| env::var_os(name).is_some());
            assert!(!must, "nginx is not installed, and this test needs it: `cargo xtask setup` installs it");
            // Past the harness, which keeps what a test that passes prints.
            let _ = writeln!(io::stderr(), "a test behind nginx was not run, because nginx is not installed");
            return None;
        };
        for _ in 0..3 {
            if let Some(site) = Self::try_to_start(&program, &change).await {
                return Some(site);
            }
        }
        panic!("whatever port is free is taken before nginx has it");
    }

    async fn try_to_start(program: &Path, change: impl FnOnce(Config) -> Config) -> Option<Self> {
        let [tls, mistake, refusal] = free_ports().await;
        let origin = format!("https://{NAME}:{}", tls.port());
        let ours = |config: Config| config.trusted_proxy("127.0.0.1/32").expect("it is a network");
        let host = Host::behind(&origin, |config| change(ours(config))).await;

        let folder = tempfile::tempdir().expect("there is room for a few files");
        let identity = rcgen::generate_simple_self_signed([NAME.to_owned()]).expect("it has a name");
        let certificate = identity.cert.der().clone();
        for (name, content) in [
            ("certificate.pem", identity.cert.pem()),
            ("key.pem", identity.signing_key.serialize_pem()),
            ("nginx.conf", settings([tls, mistake, refusal], &host.address)),
        ] {
            fs::write(folder.path().join(name), content).expect("there is room for it");
        }
        let log = folder.path().join("error.log");
        let mut nginx = Command::new(program)
            .args(["-p", ".", "-c", "nginx.conf", "-e", "error.log"])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("nginx can be started");
        while TcpStream::connect(refusal).await.is_err() {
            if nginx.try_wait().expect("it is our child").is_some() {
                let log = fs::read_to_string(log).unwrap_or_default();
                assert!(log.contains("Address already in use"), "nginx does not start: {log}");
                return None;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let [mistake, refusal] =
            [mistake, refusal].map(|address| format!("http://{NAME}:{}", address.port()));
        Some(Self { host, origin, mistake, refusal, certificate, nginx, _folder: folder })
    }

    /// Returns a client that connects from this address and trusts the site's certificate.
    #[must_use]
    pub fn client(&self, source: Ipv4Addr) -> Client {
        Client::over(self.http(source), &self.origin)
    }

    /// Returns a client that connects from this address and adds a header to every request.
    #[must_use]
    pub fn client_with(&self, source: Ipv4Addr, headers: HeaderMap) -> Client {
        Client::over(self.http(source).default_headers(headers), &self.origin)
    }

    fn http(&self, source: Ipv4Addr) -> ClientBuilder {
        trusting([self.certificate.clone()]).local_address(IpAddr::from(source)).resolve(NAME, loopback(0))
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // It is one process, because its settings say so.
        let _ = self.nginx.kill();
        let _ = self.nginx.wait();
    }
}

/// Writes an nginx configuration that uses one temporary folder and none of the system's.
fn settings([tls, mistake, refusal]: [SocketAddr; 3], host: &str) -> String {
    format!(
        "daemon off;
        master_process off;
        pid nginx.pid;
        events {{}}
        http {{
            access_log off;
            client_body_temp_path body;
            proxy_temp_path proxy;
            fastcgi_temp_path fastcgi;
            uwsgi_temp_path uwsgi;
            scgi_temp_path scgi;
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            ssl_certificate certificate.pem;
            ssl_certificate_key key.pem;
            server {{
                listen {tls} ssl http2;
                location / {{ proxy_pass {host}; }}
            }}
            server {{
                listen {mistake};
                location / {{ proxy_pass {host}; }}
            }}
            server {{
                listen {refusal};
                return 403;
            }}
        }}"
    )
}

async fn free_ports<const N: usize>() -> [SocketAddr; N] {
    let mut taken = Vec::new();
    for _ in 0..N {
        taken.push(TcpListener::bind(loopback(0)).await.expect("loopback has a free port"));
    }
    std::array::from_fn(|index| taken[index].local_addr().expect("it is bound"))
}

fn loopback(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

/// Finds nginx on the search path, or in `/usr/sbin`, which Debian leaves out of users' paths.
fn find_nginx() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    folders.map(|folder| folder.join("nginx")).find(|program| program.is_file())
}
