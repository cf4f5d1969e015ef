/** The README of an exported trail: how it is checked with stock tools alone. The tests run its commands. */
import { fileNameOf, type Head } from "../../core/chain";
import { payloadType } from "../../core/dsse";
import { noPrevious } from "../../core/entry";

/** What was exported. */
export interface Part {
  readonly first: number;
  readonly last: number;
  /** Digest of the entry before the first one. */
  readonly previous: string;
  readonly head: Head;
}

/** The whole text. */
export function readmeOf(part: Part): string {
  return [what(part), keys(), digests(), chain(part), signatures(), cosign(part), source(), looking()].join(
    "\n",
  );
}

function what({ first, last, previous, head }: Part): string {
  const before =
    previous === noPrevious
      ? "It begins with the trail's first entry."
      : `It begins in the middle of a trail: the entry before its first one has the digest \`${previous}\`.`;
  return `# A trail, to be checked by anybody

Entries ${String(first)} to ${String(last)} of a signed log of releases. ${before}

- \`entries/\`: one file for each entry, a DSSE envelope (https://github.com/secure-systems-lab/dsse) around an in-toto statement
  (https://in-toto.io/Statement/v1), signed with Ed25519. Each names the SHA-256 of the file before it.
- \`blobs/sha256/\`: what entries name by digest: reports, signed test results, provenances, bills of
  materials, bundles, manifests.
- \`keys/\`: public keys, each named by the SHA-256 of its DER form.

You need \`sh\`, \`openssl\` 3, \`sha256sum\`, \`sed\`, \`base64\`; \`cosign\` 3 for a second opinion; \`jq\` to read. Nothing of ours. Run each
block in this folder: it ends with 0, or names what is wrong and ends with 1.

The trail is good if all of it holds: the keys are the ones that you were told on another way, the last entry has the digest that
you were told on another way (\`${String(head.number)}:${head.digest}\` is what this folder itself says), and every block below ends with 0.
`;
}

/** In parentheses, so that its `exit` does not end the shell it is pasted into. */
const block = (...lines: string[]): string => ["```sh", "(", ...lines, ")", "```", ""].join("\n");

/** How a field of an envelope is read: its text is always one line of the same form. */
const field = (name: string): string => `sed -n 's/.*"${name}":"\\([^"]*\\)".*/\\1/p' "$entry"`;

function keys(): string {
  return `## 1. The keys are what their names say

${block(
  "for key in keys/*.pem; do",
  '  id=$(openssl pkey -pubin -in "$key" -outform DER | sha256sum | cut -d " " -f 1)',
  '  [ "keys/$id.pem" = "$key" ] || { echo "$key is another key: $id"; exit 1; }',
  '  echo "$id"',
  "done",
)}
Compare the ids with those that you were told.
`;
}

function digests(): string {
  return `## 2. The stored files are what their names say

${block(
  "work=$(mktemp)",
  "cd blobs/sha256",
  'for blob in *; do [ ! -f "$blob" ] || echo "$blob  $blob"; done > "$work"',
  '[ ! -s "$work" ] || sha256sum --check --quiet "$work" || exit 1',
  'rm "$work"',
)}`;
}

function chain({ first, last, previous, head }: Part): string {
  return `## 3. No entry is missing, moved or altered, and one key at a time signs

A key's turn ends with an entry of type \`keys-rotated\`, which names the next one.

${block(
  `number=${String(first)} previous=${previous} signer= used=`,
  "while [ $number -le " + String(last) + " ]; do",
  "  entry=entries/$(printf %08d $number).json",
  '  [ -f "$entry" ] || { echo "entry $number is missing"; exit 1; }',
  `  statement=$(${field("payload")} | base64 -d)`,
  `  key=$(${field("keyid")})`,
  "  case $statement in",
  `    *'"predicate":{"number":'$number',"previous":"'$previous'",'*) ;;`,
  '    *) echo "entry $number does not follow the one before it"; exit 1 ;;',
  "  esac",
  "  case $key in *[!0-9a-f]*) exit 1 ;; esac",
  "  next=$key",
  "  case $statement in",
  `    *'"predicateType":"https://hms.example/trail/keys-rotated/v1"'*)`,
  `      from=$(printf %s "$statement" | sed -n 's/.*,"from":"\\([0-9a-f]*\\)","to":.*/\\1/p')`,
  `      next=$(printf %s "$statement" | sed -n 's/.*,"to":"\\([0-9a-f]*\\)","reason":.*/\\1/p')`,
  '      case " $from $next " in *" $key "*) key=$from ;; *) echo "entry $number turns a key that did not sign"; exit 1 ;; esac',
  '      case " $used $from " in *" $next "*) echo "entry $number turns back to a retired key"; exit 1 ;; esac',
  '      used="$used $from" ;;',
  "  esac",
  '  [ "\${signer:-$key}" = "$key" ] || { echo "entry $number is signed by $key, while $signer signs"; exit 1; }',
  "  signer=$next",
  '  previous=$(sha256sum < "$entry" | cut -d " " -f 1)',
  "  number=$((number + 1))",
  "done",
  `[ "$previous" = ${head.digest} ] || { echo "the last entry is another one"; exit 1; }`,
)}`;
}

function signatures(): string {
  return `## 4. The signatures, with openssl

What is signed is DSSE's pre-authentication encoding: the type and the payload, each after its length.

${block(
  "work=$(mktemp -d)",
  'envelopes=$(grep -l \'^{"payloadType":\' blobs/sha256/* 2> "$work/said")',
  "for entry in entries/*.json $envelopes; do",
  `  ${field("payload")} | base64 -d > "$work/payload"`,
  `  ${field("sig")} | base64 -d > "$work/signature"`,
  `  key=$(${field("keyid")})`,
  `  { printf 'DSSEv1 ${String(payloadType.length)} ${payloadType} %s ' "$(wc -c < "$work/payload" | tr -d " ")"; cat "$work/payload"; } > "$work/signed"`,
  '  openssl pkeyutl -verify -pubin -inkey "keys/$key.pem" -rawin -in "$work/signed" -sigfile "$work/signature" > "$work/said" 2>&1 ||',
  '    { echo "$entry: the signature is wrong"; exit 1; }',
  "done",
  'rm -r "$work"',
)}
The signed test results and provenances among the stored files are envelopes of the same form, and are checked as well.
`;
}

function cosign({ first, previous }: Part): string {
  const isFirst = `[ "$entry" = entries/${fileNameOf(first)} ]`;
  return `## 5. Signatures and chain, with cosign

Each entry is an attestation about the file of the entry before it, so cosign checks both at once, and asks nobody on the network.

${block(
  "said=$(mktemp)",
  "previous=",
  "for entry in entries/*.json; do",
  `  key=keys/$(${field("keyid")}).pem`,
  `  type=$(${field("payload")} | base64 -d | sed -n 's/.*"predicateType":"\\([^"]*\\)".*/\\1/p')`,
  `  if ${isFirst}; then set -- --digest ${previous} --digestAlg sha256; else set -- "$previous"; fi`,
  '  cosign verify-blob-attestation --key "$key" --insecure-ignore-tlog --signature "$entry" --type "$type" "$@" 2> "$said" ||',
  '    { cat "$said"; echo "$entry: cosign refuses it"; exit 1; }',
  "  previous=$entry",
  "done",
  'rm "$said"',
)}`;
}

function source(): string {
  return `## 6. The test result of a commit, with the service's repository

A report's entry names its signed test result as \`attestation\`. Its subject is the archive of the commit, which anybody can make:

    git -C REPOSITORY archive --format=tar COMMIT > source.tar
    cosign verify-blob-attestation --key keys/KEY.pem --insecure-ignore-tlog --signature blobs/sha256/ATTESTATION \\
      --type https://in-toto.io/attestation/test-result/v0.1 source.tar

## 7. What entries name is here

Every report and its signed test result; of every release the provenance, the bundle and the manifest:

${block(
  "for entry in entries/*.json; do",
  `  statement=$(${field("payload")} | base64 -d)`,
  "  case $statement in",
  `    *'"predicateType":"https://hms.example/trail/report/v1"'* | *'"predicateType":"https://hms.example/trail/release/v1"'*) ;;`,
  "    *) continue ;;",
  "  esac",
  `  for blob in $(printf %s "$statement" | sed 's/.*"predicate":{//' | tr , '\\n' |`,
  `    sed -nE 's/.*"(digest|attestation|report|sha256|provenance)":"(sha256:)?([0-9a-f]{64})".*/\\3/p'); do`,
  '    [ -f "blobs/sha256/$blob" ] || { echo "$entry names sha256:$blob, which is missing"; exit 1; }',
  "  done",
  "done",
)}`;
}

function looking(): string {
  return `## To read it

    jq -r .payload entries/00000001.json | base64 -d | jq .
`;
}
