#!/bin/sh
# Makes bubblewrap and a Docker engine ready on Debian 12 as root, without systemd. Prints what it did; safe to run twice.
set -eu

log=/var/log/dockerd.log
say() { printf 'engine.sh: %s\n' "$*"; }
answers() { docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

if [ "$(id -u)" -ne 0 ]; then
    say "must run as root" >&2
    exit 1
fi

missing=""
command -v bwrap >/dev/null || missing="$missing bubblewrap"
command -v dockerd >/dev/null || missing="$missing docker.io"
command -v docker >/dev/null || missing="$missing docker.io"
if [ -n "$missing" ]; then
    say "installing$missing"
    export DEBIAN_FRONTEND=noninteractive
    # Service starts are refused while installing: there may be no init, and the engine is started below.
    policy=/usr/sbin/policy-rc.d
    [ -e "$policy" ] || { printf '#!/bin/sh\nexit 101\n' >"$policy"; chmod 755 "$policy"; made_policy=1; }
    apt-get update -qq
    # shellcheck disable=SC2086 # a list of packages
    apt-get install -y -qq --no-install-recommends $missing iptables ca-certificates >/dev/null
    [ -z "${made_policy:-}" ] || rm -f "$policy"
else
    say "bubblewrap and docker.io are installed"
fi

mount_cgroups() {
    # An engine needs a cgroup hierarchy; where nothing has mounted one, mount version 2, else the controllers of version 1.
    if mountpoint -q /sys/fs/cgroup && [ -n "$(ls /sys/fs/cgroup)" ]; then
        return
    fi
    if mount -t cgroup2 none /sys/fs/cgroup 2>/dev/null && grep -q memory /sys/fs/cgroup/cgroup.controllers; then
        say "mounted cgroup version 2"
        return
    fi
    umount /sys/fs/cgroup 2>/dev/null || true
    mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup
    awk 'NR > 1 && $4 == 1 { print $1 }' /proc/cgroups | while read -r controller; do
        mkdir -p "/sys/fs/cgroup/$controller"
        mount -t cgroup -o "$controller" cgroup "/sys/fs/cgroup/$controller" || rmdir "/sys/fs/cgroup/$controller"
    done
    say "mounted cgroup version 1"
}

# Starts an engine with the given options and waits until it answers; fails when it dies or stays silent.
start() {
    rm -f /var/run/docker.pid
    nohup dockerd "$@" >"$log" 2>&1 &
    pid=$!
    for _ in $(seq 60); do
        if answers; then return 0; fi
        if ! kill -0 "$pid" 2>/dev/null; then return 1; fi
        sleep 0.5
    done
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    return 1
}

if answers; then
    say "an engine already answers"
else
    mount_cgroups
    # In order: as it comes; without the overlay file system; without the right to change the firewall.
    if start; then
        say "started dockerd"
    elif start --storage-driver vfs; then
        say "started dockerd on vfs"
    elif start --storage-driver vfs --bridge none --iptables=false --ip6tables=false; then
        say "started dockerd on vfs without a network of its own"
    else
        say "no engine could be started; its last words:" >&2
        tail -n 20 "$log" >&2
        exit 1
    fi
fi

say "$(bwrap --version); Docker engine $(docker version --format '{{.Server.Version}}'), \
$(docker info --format '{{.Driver}}, cgroup version {{.CgroupVersion}}, runtimes {{range $name, $_ := .Runtimes}}{{$name}} {{end}}')"
