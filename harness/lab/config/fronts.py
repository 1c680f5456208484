"""What stands in the outside: nginx before the APIs, dnsmasq for names; and MariaDB behind all clouds."""

from __future__ import annotations

from collections.abc import Iterable

from harness.lab.config.common import DATABASE_SOCKET, Site

__all__ = ["PACKAGES", "PREFIXES", "dnsmasq", "mariadb", "nginx"]

PREFIXES = {"keystone": "identity", "glance": "image", "placement": "placement", "nova": "compute", "neutron": "networking"}
"""Each API and the first part of its path."""

PACKAGES = "packages.lab"
"""The name of the package proxy; every cloud's resolver gives its own gateway for it."""


def nginx(site: Site) -> str:
    """One front for all APIs of a cloud, which reaches them by their UNIX sockets."""
    home, spec = site.home, site.spec
    tls = f"ssl_certificate {home}/etc/tls.pem; ssl_certificate_key {home}/etc/tls.key;" if spec.tls else ""
    apis = [f"location /{prefix} {{ proxy_pass http://unix:{home}/run/{service}.sock; }}" for service, prefix in PREFIXES.items()]
    locations = "\n".join(f"  {api}" for api in apis)
    temporary = " ".join(f"{kind}_temp_path {home}/spool/{kind};" for kind in ("client_body", "proxy", "uwsgi", "fastcgi", "scgi"))
    return f"""daemon off;
master_process off;
user root;
pid {home}/run/nginx.nginx;
error_log {home}/log/nginx.log;
events {{ worker_connections 512; }}
http {{
 access_log off;
 client_max_body_size 0;
 {temporary}
 proxy_http_version 1.1;
 proxy_request_buffering off;
 proxy_buffering off;
 proxy_read_timeout 600s;
 proxy_set_header Connection "";
 proxy_set_header Host $http_host;
 proxy_set_header X-Forwarded-Proto $scheme;
 proxy_set_header X-Forwarded-For $remote_addr;
 server {{
  listen {spec.api_address}:{"443 ssl" if spec.tls else "80"};
  {tls}
{locations}
 }}
}}
"""


def dnsmasq(site: Site, package_hosts: Iterable[str]) -> str:
    """A resolver that knows the lab's names and the package hosts, and says at once that there are no others."""
    spec = site.spec
    at_gateway = [PACKAGES, f"gateway.{spec.name}.lab", *package_hosts]
    records = [f"address=/{name}/{spec.gateway}" for name in dict.fromkeys(at_gateway)]
    return "\n".join(
        [
            f"listen-address={spec.gateway}",
            "bind-interfaces",
            "user=root",
            "no-resolv",
            "no-hosts",
            "no-poll",
            "no-ping",
            f"pid-file={site.home}/run/dnsmasq.dnsmasq",
            f"log-facility={site.home}/log/dnsmasq.log",
            *records,
            f"address=/api.{spec.name}.lab/{spec.api_address}",
            "address=/#/",
            "",
        ]
    )


def mariadb(folder: str = "/lab/mariadb") -> str:
    """One server for all clouds: small buffers, no promise to survive a power cut, reachable by its UNIX socket alone.

    Snapshot isolation, which MariaDB has on since 11.6.2, refuses writes that the services take for granted (Launchpad, nova bug
    2116186): a server that is deleted while something else looks at it then stays for a minute, until Nova tries again.
    """
    return f"""[mysqld]
datadir={folder}/data
socket={DATABASE_SOCKET}
pid-file={folder}/pid
log_error={folder}/log
user=root
skip-networking
skip-log-bin
skip-name-resolve
innodb_flush_log_at_trx_commit=0
innodb_flush_method=nosync
innodb_doublewrite=0
innodb_buffer_pool_size=48M
innodb_log_file_size=32M
innodb_stats_persistent=0
innodb_snapshot_isolation=OFF
performance_schema=OFF
max_connections=600
thread_cache_size=4
character-set-server=utf8mb4
collation-server=utf8mb4_general_ci
key_buffer_size=1M
aria_pagecache_buffer_size=2M
table_open_cache=800
"""
