#!/bin/sh
# Debian packages that some tests drive: real clients and servers. Installed where that is possible without a question
# (root on Debian or Ubuntu); elsewhere the tests that need them are skipped by name.
wanted="krb5-kdc krb5-admin-server krb5-user libkrb5-dev curl jq pidgin-sipe libpurple0 libpurple-bin libresolv-wrapper sip-tester baresip-core linphone-cli twinkle-console postgresql gcc libc6-dev python3-dev libssl-dev
davmail default-jre-headless postfix swaks libnet-ssleay-perl libio-socket-ssl-perl libauthen-sasl-perl
thunderbird
evolution-ews python3-gi gir1.2-ecal-2.0 gir1.2-ebook-1.2 gir1.2-edataserver-1.2 gir1.2-camel-1.2 dbus-daemon gnome-keyring
knot knot-dnsutils
chromium chromium-driver
janus coturn"
missing=""
for package in $wanted; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q "install ok installed" || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "not installed, so some tests are skipped:$missing"
    exit 0
fi
echo "installing for the tests:$missing"
export DEBIAN_FRONTEND=noninteractive
# A test starts a postfix of its own; the system's is not wanted, and would take port 25.
echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections 2>/dev/null
mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] || echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.conf
apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1 ||
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null; } ||
    echo "could not install:$missing"
exit 0
