import { expect, test } from "@jest/globals";
import { faultsOf, parseFacts } from "../../core/site-facts";

const wanted = { name: "nome", account: "hms", folder: "/srv/hms" };

const good = `user=0
time=1800000000
openssl=3.0.19
docker=20.10.24
room=71000000 /srv
room=71000000 /var/lib/docker
useradd=yes
group=docker
keys=.ssh/authorized_keys .ssh/authorized_keys2
`;

test("a site that has all is enrolled", () => {
  expect(faultsOf(parseFacts(good), wanted, 1_800_000_020)).toEqual([]);
  expect(faultsOf(parseFacts(`${good}account=998:/srv/hms/.account`), wanted, 1_800_000_000)).toEqual([]);
});

test.each([
  ["", "missing=rsync\n", "There is no rsync on nome. Install rsync there."],
  ["", "missing=flock\n", "There is no flock on nome. Install util-linux there."],
  [
    "openssl=3.0.19",
    "openssl=1.1.1",
    "nome has openssl 1.1.1, which can't check a release's signature. Install openssl 3 there.",
  ],
  [
    "docker=20.10.24",
    "docker=",
    "Docker's engine does not answer on nome. Start it, or say with --docker-host where its socket is.",
  ],
  [
    "71000000 /srv",
    "500000 /srv",
    "nome has 512 MB free in /srv, and a release wants 1.0 GB. Make room there.",
  ],
  [
    "time=1800000000",
    "time=1800000312",
    'The clock of nome is 312 s ahead. Set it, e.g. by "timedatectl set-ntp true".',
  ],
  [
    "useradd=yes",
    "",
    "There is no useradd on nome. Install it (package passwd or shadow), or make the account hms by hand, with the home /srv/hms/.account.",
  ],
  ["", "account=0:/root\n", "hms is root on nome. Choose an account that is not, with --user."],
  [
    "",
    "account=1000:/home/hms\n",
    "nome has an account hms that no enrolment made: its home is /home/hms, not /srv/hms/.account. Choose another with --user.",
  ],
  [
    "group=docker",
    "",
    'There is no group docker on nome, by which an account gets at the engine. Run "groupadd docker" and restart the engine, or give the account an engine of its own and --docker-host.',
  ],
  [
    "keys=.ssh/authorized_keys .ssh/authorized_keys2",
    "keys=/etc/ssh/all",
    "The sshd of nome reads the same keys for all accounts (AuthorizedKeysFile /etc/ssh/all). Set AuthorizedKeysFile to a file for each, e.g. .ssh/authorized_keys.",
  ],
  ["", "link=/srv/hms\n", "/srv/hms is a link on nome. Make it a folder, or choose another with --folder."],
])("%j in the place of %j is a sentence with its remedy", (has, hasNot, sentence) => {
  const facts = has === "" ? good + hasNot : good.replace(has, hasNot);
  expect(faultsOf(parseFacts(facts), wanted, 1_800_000_000)).toEqual([sentence]);
});

test("all that is missing is said at once", () => {
  const facts = parseFacts(
    `${good}missing=rsync\nmissing=openssl\nmissing=docker\n`.replace(/^openssl=.*$/m, "openssl="),
  );
  expect(faultsOf(facts, wanted, 1_800_000_600)).toEqual([
    "There is no rsync on nome. Install rsync there.",
    "There is no openssl on nome. Install openssl there.",
    "There is no docker on nome. Install docker's engine and client there.",
    'The clock of nome is 600 s behind. Set it, e.g. by "timedatectl set-ntp true".',
  ]);
});

test("an account with an engine of its own needs no group", () => {
  const facts = parseFacts(good.replace("group=docker\n", "").replace("docker=20.10.24", "docker="));
  expect(faultsOf(facts, { ...wanted, dockerHost: "unix:///run/own.sock" }, 1_800_000_000)).toEqual([
    "No docker engine answers at unix:///run/own.sock on nome. Start it, or correct --docker-host.",
  ]);
});

test("one disk that is full is said once", () => {
  const facts = parseFacts(
    good.replaceAll("71000000 /var/lib/docker", "1000 /srv").replace("71000000 /srv", "1000 /srv"),
  );
  expect(faultsOf(facts, wanted, 1_800_000_000)).toEqual([
    "nome has 1.0 MB free in /srv, and a release wants 1.0 GB. Make room there.",
  ]);
});
