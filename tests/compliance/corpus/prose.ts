/** Letters, logs, notes: personal data in sentences. */
import type { Template } from "./forms";

export const prose: readonly Template[] = [
  [
    "txt",
    `Dear {{person-name}},\n\nyour Social Security number {{us-ssn}} was received on {{~date}} under case {{~nine}}.\n`,
  ],
  [
    "txt",
    `Applicant {{person-name}}, born {{date-of-birth:words}}, lives at {{street-address:weak}}, {{~city}}.\nPhone {{phone}}, e-mail {{email}}.\n`,
  ],
  [
    "txt",
    `Caller left a number, call back at {{phone:plain}} after five. Ticket {{~nine}}, queue {{~number}}.\n`,
  ],
  [
    "md",
    `# Notes\n\nThe card {{payment-card}} was charged twice, and {{payment-card:dashes}} once. Orders {{~order}} and {{~order}}.\n`,
  ],
  ["txt", `Please transfer to {{iban:groups}} by {{~date}}. Reference {{~nine}}.\n`],
  [
    "txt",
    `Her passport no. {{us-passport}} expires soon. His driver's license number is {{us-driving-licence}}.\n`,
  ],
  [
    "log",
    `{{~timestamp}} INFO login ok user={{email}} ip={{ip-address}} session={{~uuid}}\n{{~timestamp}} INFO login ok user={{email}} ip={{ip-address}} session={{~uuid}}\n`,
  ],
  [
    "log",
    `{{ip-address}} - - [23/Nov/2026:05:36:41 +0000] "GET /risk?id={{~nine}} HTTP/1.1" 200 {{~number}} "-" "Mozilla/5.0 Chrome/119.0.6045.123"\n`,
  ],
  [
    "log",
    `{{~timestamp}} WARN validation failed for ssn={{us-ssn}} request={{~uuid}}\n{{~timestamp}} DEBUG took {{~decimal}} s, span {{~nine}}\n`,
  ],
  ["txt", `Medicare card {{us-mbi:dashes}} belongs to {{person-name}}. Its old number was revoked.\n`],
  ["txt", `Patient: {{person-name}}\nDOB: {{date-of-birth:us}}\nMBI: {{us-mbi}}\nVisit: {{~date}}\n`],
  ["txt", `The resident's home is at {{coordinates}}, on the left bank.\n`],
  [
    "txt",
    `From: {{person-name}} <{{email}}>\nTo: {{email}}\nMessage-ID: <{{~short}}@mail.gmail.com>\nSubject: Invoice {{~nine}}\n\nMy ITIN is {{us-itin}}. Call me: {{phone:abroad}}.\n`,
  ],
  ["txt", `Send it to {{street-address}}, {{~city}}. The parcel's number is {{~tracking}}.\n`],
  [
    "js",
    `// reported by {{email}}, see {{~short}}\nconst limit = {{~nine}};\nconst client = "{{ip-address}}";\n`,
  ],
  [
    "txt",
    `Born on {{date-of-birth:european}}; DOB {{date-of-birth:short}} in the old file. Updated {{~date}}.\n`,
  ],
  ["txt", `Connection from {{ip-address:six}} refused, next try at {{~timestamp}}.\n`],
  ["txt", `SSN {{us-ssn:spaces}} (taxpayer), tax id {{us-itin}} (spouse), account {{~nine}}.\n`],
];

/** Nothing of anybody. */
export const harmless: readonly Template[] = [
  ["csv", `order_id,sku,quantity,shipped\n${"{{~nine}},{{~part}},{{~number}},{{~date}}\n".repeat(5)}`],
  [
    "json",
    `{\n  "lockfileVersion": 3,\n  "packages": {\n    "node_modules/a": {"version": "{{~version}}", "integrity": "sha512-{{~base64}}"},\n    "node_modules/b": {"version": "{{~version4}}"}\n  }\n}\n`,
  ],
  [
    "log",
    `{{~timestamp}} INFO build {{~version4}} of {{~sha1}} took {{~millis}} ns, run {{~ten}}\n`.repeat(5),
  ],
  [
    "txt",
    `commit {{~sha1}}\nAuthor: CI <noreply@cityofelmwood.us>\nDate: {{~date}}\n\n    Raise the limit to {{~nine}}\n`,
  ],
  [
    "csv",
    `gauge,latitude_longitude,level_m\n${"GAUGE-{{~number}},{{~river}},{{~decimal}}\n".repeat(4)}`.replace(
      "latitude_longitude",
      '"position"',
    ),
  ],
  [
    "json",
    `{"river":"Elk Creek","stations":[{"id":{{~nine}},"at":[{{~river}}]},{"id":{{~nine}},"at":[{{~river}}]}]}\n`,
  ],
  [
    "txt",
    `Order #{{~part}} and part no. {{~part}} ship as {{~tracking}}; invoice {{~phonelike}}, ticket {{~ten}}.\n`,
  ],
  [
    "ts",
    `const id = "{{~uuid}}";\nconst at = {{~millis}};\nconst nanos = {{~nanos}}n;\nconst color = "#{{~short}}";\nconst ratio = {{~decimal}};\n`,
  ],
  [
    "yaml",
    `image: registry.internal/app@sha256:{{~sha256}}\nversion: {{~version4}}\nhost: {{~ip}}\nmac: {{~mac}}\n`,
  ],
  [
    "md",
    `Use {{~badssn}} as an SSN, {{~card}} as a card, {{~phone}} as a phone, {{~email}} as an e-mail, {{~ip}} as an address.\n`,
  ],
  [
    "csv",
    `name,ssn,email,phone\nJane Doe,{{~badssn}},{{~email}},{{~phone}}\nJohn Doe,000-00-0000,{{~email}},{{~phone}}\n`,
  ],
  [
    "txt",
    `Cards with wrong check digits: {{~sixteen}}, {{~sixteen}}. IBAN {{~iban}}. ISBN {{~isbn}}. ZIP {{~zip9}}.\n`,
  ],
  [
    "sql",
    `INSERT INTO meter_reading (meter_id, read_at, value) VALUES ({{~nine}}, '{{~timestamp}}', {{~decimal}}), ({{~nine}}, '{{~timestamp}}', {{~decimal}});\n`,
  ],
  [
    "html",
    `<table><tr><th>Order</th><th>Weight</th></tr><tr><td>{{~nine}}</td><td>{{~decimal}}</td></tr></table>\n`,
  ],
  [
    "txt",
    `Opened {{~date}}. Version {{~version4}} replaces v{{~version4}}. Section 1.2.3.4 applies; OID 1.3.6.1.4.1.311.\n`,
  ],
  [
    "txt",
    `In 2019 Supreme Court rulings were cited. About 500 Service Road Repairs were planned in 12 counties.\n`.replace(
      "500 Service Road Repairs",
      "500 repairs",
    ),
  ],
];
