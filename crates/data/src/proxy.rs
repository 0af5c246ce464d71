//! The proxy that the environment names for downloads.

use std::env;
use std::ffi::OsString;

use ureq::http::Uri;
use ureq::{Proxy, ProxyProtocol};

/// Variables that can name one, the first that is set having the word (as in `ureq`, which passes by
/// those that it cannot read).
const VARIABLES: [&str; 6] =
    ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];

/// What downloads go through.
#[derive(Debug)]
pub(crate) struct NamedProxy {
    /// The variable that names it.
    variable: &'static str,
    /// The proxy.
    pub(crate) proxy: Proxy,
}

impl NamedProxy {
    /// The proxy of the environment; an error if one is named that cannot be used.
    pub(crate) fn from_env() -> Result<Option<Self>, String> {
        let Some(named) = Self::of(|variable| env::var_os(variable))? else { return Ok(None) };
        // The same one, with the exceptions of `NO_PROXY`.
        let proxy = Proxy::try_from_env().unwrap_or(named.proxy);
        Ok(Some(Self { proxy, ..named }))
    }

    fn of(variable: impl Fn(&str) -> Option<OsString>) -> Result<Option<Self>, String> {
        let set = VARIABLES.into_iter().find_map(|name| {
            let value = variable(name).filter(|value| !value.is_empty())?;
            Some((name, value.to_string_lossy().into_owned()))
        });
        let Some((variable, value)) = set else { return Ok(None) };
        let proxy = Proxy::new(&value)
            .ok()
            .filter(|proxy| matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https));
        match proxy {
            Some(proxy) => Ok(Some(Self { variable, proxy })),
            None => Err(format!(
                "the proxy that `{variable}` names, {}, cannot be used; http://HOST:PORT or \
                 https://HOST:PORT can, or unset the variable",
                without_password(&value)
            )),
        }
    }

    /// A note for an error at an address, which goes through the proxy unless it is an exception.
    pub(crate) fn note(&self, url: &str) -> String {
        match url.parse::<Uri>().is_ok_and(|url| self.proxy.is_no_proxy(&url)) {
            true => String::new(),
            false => format!(" (through the proxy {} of `{}`)", self.address(), self.variable),
        }
    }

    /// Its address, without name and password.
    fn address(&self) -> String {
        let scheme = self.proxy.uri().scheme_str().unwrap_or("http");
        format!("{scheme}://{}:{}", self.proxy.host(), self.proxy.port())
    }
}

/// An address as it may be shown.
fn without_password(value: &str) -> String {
    let start = value.find("://").map_or(0, |place| place + 3);
    match value[start..].rfind('@') {
        Some(place) => format!("{}...{}", &value[..start], &value[start + place..]),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(set: &[(&str, &str)]) -> Result<Option<NamedProxy>, String> {
        NamedProxy::of(|variable| {
            set.iter().find(|(name, _)| *name == variable).map(|(_, value)| value.into())
        })
    }

    #[test]
    fn the_first_that_is_set_is_taken_and_named() {
        assert!(of(&[]).unwrap().is_none());
        assert!(of(&[("HTTP_PROXY", "")]).unwrap().is_none());
        let set = [("http_proxy", "http://one:1"), ("HTTPS_PROXY", "http://me:secret@two:2")];
        let proxy = of(&set).unwrap().unwrap();
        assert_eq!(
            proxy.note("https://data.example/a"),
            " (through the proxy http://two:2 of `HTTPS_PROXY`)"
        );
        let proxy = of(&[("http_proxy", "three:3128")]).unwrap().unwrap();
        assert_eq!(proxy.address(), "http://three:3128");
    }

    #[test]
    fn what_cannot_be_used_is_told_without_its_password() {
        for (value, shown) in [
            ("socks9://x", "socks9://x"),
            ("socks5://me:secret@x:1080", "socks5://...@x:1080"),
            ("http://", "http://"),
            ("me:sec ret@x y", "...@x y"),
        ] {
            let why = of(&[("http_proxy", value)]).unwrap_err();
            let start = format!("the proxy that `http_proxy` names, {shown}, cannot be used; ");
            assert!(why.starts_with(&start), "{why}");
        }
    }
}
